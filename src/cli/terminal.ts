/** What the command line stands on: arguments, environment, streams, signals. main.ts makes the real one. */

/** A stream to write to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width of the terminal; 80 when it is none. */
  readonly columns: number;
  /** Height of the terminal; 24 when it is none or does not say. */
  readonly rows: number;
  /** For views that repaint. */
  readonly stream: NodeJS.WritableStream;
  write(text: string): void;
}

/** Everything outside of the program that commands use. */
export interface Terminal {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** The user's name. */
  readonly user: string;
  /** The name of this machine, for records. */
  readonly machine: string;
  readonly version: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether there is somebody to ask. */
  readonly isInteractive: boolean;
  /** True when standard input is a pipe or a file that can be read to its end. */
  readonly isPiped: boolean;
  /** Asks on the terminal; "" when the person leaves or the signal aborts. */
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** All of standard input. */
  readInput(): Promise<Uint8Array>;
  /** Calls back on each Ctrl-C or request to end; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
  /** Calls back on each request to read files again (SIGHUP, which then is no request to end); returns how to stop. */
  onReload(listener: () => void): () => void;
  /** Runs a line by `sh -c` on this machine; its exit code, -1 when a signal ended it. Ended when the signal aborts. */
  runLocal(line: string, input: string, signal: AbortSignal): Promise<number>;
  /** How this very program is started: absolute paths. */
  readonly self: { readonly node: string; readonly script: string };
}
