/** The probe's output, cut into its sections. Pure. */

/** One section, and the exit code of what printed it. */
export interface Section {
  /** As printed, without the newline before the end mark. */
  readonly text: string;
  /** Its lines but for empty ones. */
  readonly lines: readonly string[];
  readonly code: number;
}

/** Sections by name; one that was cut off is left out. */
export function splitSections(output: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  let open: { readonly name: string; readonly from: number } | undefined;
  for (const { 0: line, 1: mark, 2: name = '', 3: code, index } of output.matchAll(MARKS)) {
    if (mark === 'begin') open = { name, from: index + line.length + 1 };
    else if (open?.name === name) {
      sections.set(name, sectionOf(output.slice(open.from, Math.max(open.from, index - 1)), Number(code)));
      open = undefined;
    }
  }
  return sections;
}

const MARKS = /^@@(begin|end) (\S+)(?: (\S*).*)?$/gm;

/** Lines are looked for only when asked for: an archive of router files has tens of thousands, which nobody needs. */
function sectionOf(text: string, code: number): Section {
  return {
    text,
    code,
    get lines() {
      return text.split('\n').filter((line) => line !== '');
    },
  };
}

/** The lines that are JSON objects; a line that is cut or is a warning is skipped. */
export function jsonLines(section: Section | undefined): Record<string, unknown>[] {
  return (section?.lines ?? []).flatMap((text) => {
    const value = parseJson(text);
    return isRecord(value) ? [value] : [];
  });
}

/** The value of a JSON text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether the value is an object with keys, no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is none. */
export function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** The value as a list; an empty one when it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as text; "" when it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value as a finite number; 0 when it is none. */
export function numberOf(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : 0;
}
