/** Text from hosts, images and files made safe for a terminal: it can move no cursor and hide nothing. */

/** Escape sequences of ECMA-48: strings such as a window title, control sequences, and single ones. */
const SEQUENCES =
  /(?:\u001b[\]PX^_]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[@-_]?/g;

/** Controls but tab and newline, the C1 block, and the marks that turn the direction of writing. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text without escape sequences and control characters; newlines and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll(SEQUENCES, '').replaceAll('\r\n', '\n').replaceAll(UNSAFE, '');
}

/** The same on one line. */
export function printableLine(text: string): string {
  return printable(text)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
}

/** The text's lines, each behind the given margin; no empty lines at its end. */
export function indent(text: string, margin: string): string[] {
  return printable(text)
    .trimEnd()
    .split('\n')
    .map((line) => `${margin}${line}`.trimEnd());
}
