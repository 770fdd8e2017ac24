/** The probe's output, cut into its sections. Pure. */

/** One section: its lines, and the exit code of what printed them. */
export interface Section {
  readonly lines: readonly string[];
  readonly code: number;
}

/** Sections by name; one that was cut off is left out. */
export function splitSections(output: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  let open: { readonly name: string; readonly lines: string[] } | undefined;
  for (const line of output.split('\n')) {
    // Router files are tens of thousands of lines.
    if (!line.startsWith('@@')) {
      open?.lines.push(line);
      continue;
    }
    const [mark, name = '', code] = line.split(' ');
    if (mark === '@@begin') open = { name, lines: [] };
    else if (mark === '@@end' && open?.name === name) {
      sections.set(name, { lines: open.lines.filter((text) => text !== ''), code: Number(code) });
      open = undefined;
    } else open?.lines.push(line);
  }
  return sections;
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
