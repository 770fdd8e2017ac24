/** The one error of fleet: a stable code, a sentence, the next thing to type, and where in which file. */

/** A place in a file that a person wrote. Lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The source line itself, for the caret; absent when the file could not be read as text. */
  readonly text?: string;
  /** How many columns the caret covers; default 1. */
  readonly length?: number;
}

/** A second place that a problem has to do with: where the other one stands that it clashes with. */
export interface Related {
  readonly location: Location;
  /** What stands there, printed beside its caret: "first here". */
  readonly message: string;
}

/** What a FleetError may carry beside its code and message. */
export interface FleetErrorDetails {
  /** The next thing to type or to change. */
  readonly hint?: string;
  readonly location?: Location;
  /** What was expected at the location, printed beside the caret. */
  readonly expected?: string;
  /** More lines that explain: one per host, per probe, per log line. */
  readonly notes?: readonly string[];
  /** The other places of a conflict, each printed with its source line. */
  readonly related?: readonly Related[];
  readonly cause?: unknown;
}

/** Something that went wrong and that the user can act on. Codes are listed in `error-codes.ts`. */
export class FleetError extends Error {
  readonly code: string;
  readonly hint?: string;
  readonly location?: Location;
  readonly expected?: string;
  readonly notes: readonly string[];
  readonly related: readonly Related[];

  constructor(code: string, message: string, details: FleetErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'FleetError';
    this.code = code;
    this.notes = details.notes ?? [];
    this.related = details.related ?? [];
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.location !== undefined) this.location = details.location;
    if (details.expected !== undefined) this.expected = details.expected;
  }
}

/** Several problems found in one run: all are reported, none is thrown away. */
export class FleetErrors extends Error {
  readonly problems: readonly FleetError[];
  /** 2 for wrong input, 1 for everything else. */
  readonly exitCode: 1 | 2;

  constructor(problems: readonly FleetError[], exitCode: 1 | 2) {
    super(problems.map((problem) => problem.message).join('\n'));
    this.name = 'FleetErrors';
    this.problems = problems;
    this.exitCode = exitCode;
  }
}
