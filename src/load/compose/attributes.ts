/**
 * Every attribute of the Compose Specification and what fleet does with it: the one table behind the errors, the notes
 * and the page playbooks/COMPOSE.md. Paths are those of the schema: "services.*.ports[].target".
 */
import type { Scalar } from '../tree.ts';

/**
 * honoured: as Compose does it, or as close as several hosts allow. differs: honoured, with a difference to know.
 * noted: means nothing on a fleet, and the plan says so. refused: an error, with the way out.
 */
export type AttributeClass = 'honoured' | 'differs' | 'noted' | 'refused';

/** What fleet does with one attribute. */
export interface Attribute {
  readonly path: string;
  readonly class: AttributeClass;
  /** A sentence without its end: what is different, why it means nothing, or why it is refused. */
  readonly says: string;
  /** What to write instead; of refused ones. */
  readonly way?: string;
  /** Values that ask for nothing, beside empty ones. */
  readonly silent: readonly Scalar[];
  /** Whether the row speaks for all that stands below it too. */
  readonly isWhole: boolean;
}

/** Attributes that belong together, as a chapter of the page. */
export interface Area {
  readonly title: string;
  readonly rows: readonly Attribute[];
}

/** Attributes that work as in Compose: what follows `under`, with blanks between; a blank in front adds `under` itself. */
export function honoured(under: string, names: string, says = ''): readonly Attribute[] {
  return names.split(/\s+/).map((name) => row(`${under}${name}`, 'honoured', says));
}

/** An attribute that works with a difference. */
export function differs(path: string, says: string): Attribute {
  return row(path, 'differs', says);
}

/** An attribute that means nothing on a fleet, with all below it. */
export function noted(path: string, says: string, silent: readonly Scalar[] = [false]): Attribute {
  return { ...row(path, 'noted', says), isWhole: true, silent };
}

/** An attribute that fleet refuses, with all below it: why, and the way out. */
export function refused(path: string, says: string, way: string, silent: readonly Scalar[] = [false]): Attribute {
  return { ...row(path, 'refused', says), isWhole: true, way, silent };
}

/** The same for all that stands below. */
export function whole(attribute: Attribute): Attribute {
  return { ...attribute, isWhole: true };
}

function row(path: string, kind: AttributeClass, says: string): Attribute {
  return { path, class: kind, says, silent: [], isWhole: false };
}
