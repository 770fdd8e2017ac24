/** A terminal without a terminal: keeps what is written, answers from a list. */
import { PassThrough } from 'node:stream';
import type { Output, Terminal } from '../../src/cli/index.ts';

/** What a test gives and gets back. */
export interface FakeTerminal extends Terminal {
  readonly out: () => string;
  readonly err: () => string;
  readonly questions: readonly string[];
  /** Ctrl-C. */
  interrupt(): void;
}

/** A terminal that is none: piped outputs, nobody to ask unless `answers` are given. */
export function fakeTerminal(
  args: readonly string[],
  overrides: Partial<Terminal> & { readonly answers?: string[] } = {},
): FakeTerminal {
  const { answers, ...rest } = overrides;
  const stdout = fakeOutput();
  const stderr = fakeOutput();
  const listeners = new Set<() => void>();
  const questions: string[] = [];
  return {
    args,
    env: {},
    cwd: '/nowhere',
    home: '/home/ann',
    user: 'ann',
    machine: 'laptop',
    version: '0.0.0',
    stdout,
    stderr,
    isInteractive: answers !== undefined,
    isPiped: false,
    ask: async (question) => {
      questions.push(question);
      return answers?.shift() ?? '';
    },
    readInput: async () => new Uint8Array(),
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReload: () => () => undefined,
    runLocal: async () => 0,
    self: { node: '/usr/bin/node', script: '/opt/fleet/main.js' },
    out: () => stdout.text(),
    err: () => stderr.text(),
    questions,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
    ...rest,
  };
}

function fakeOutput(): Output & { text(): string } {
  let all = '';
  return {
    isTerminal: false,
    columns: 80,
    rows: 24,
    stream: new PassThrough(),
    write: (text) => {
      all += text;
    },
    text: () => all,
  };
}
