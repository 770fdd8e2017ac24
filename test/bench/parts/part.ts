/** What every part of the bench is: one question, measured, and told as tables. */

/** A value of a table: text as it is, a number in the unit of its column, nothing where it was not measured. */
export type Cell = string | number | null;

/** One table: what was asked, and what came out side by side in one run. */
export interface BenchTable {
  readonly title: string;
  /** With the unit in brackets: "median [ms]". */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What a reader must know to judge it: how it was measured, what is missing and why. */
  readonly notes: readonly string[];
}

/** How much is asked for, and where progress is told. */
export interface BenchContext {
  /** Runs of each figure; its table has the median. */
  readonly runs: number;
  /** A short try of every part: the smallest sizes, for the tests of the bench itself. */
  readonly brief: boolean;
  /** Path of the trace's folder, for the part that needs one. */
  readonly trace: string | undefined;
  /** Told what is being done, a line at a time. */
  readonly say: (line: string) => void;
}

/** One question that the bench answers. */
export interface BenchPart {
  readonly name: string;
  readonly question: string;
  /** It makes practice hosts or network namespaces. */
  readonly needsRoot: boolean;
  /** A reason why it can not be measured here, e.g. what is missing on this machine. */
  readonly skip?: (context: BenchContext) => string | undefined;
  readonly measure: (context: BenchContext) => Promise<readonly BenchTable[]>;
}
