/** The digest of a plan: two plans with the same digest do the same. */
import { createHash, type Hash } from 'node:crypto';
import { sha256 } from '../model/digest.ts';
import type { Action, ArchiveEntry, Command, Plan, Stdin, Step } from '../model/plan.ts';

/** The parts of a plan that say what it does. */
export type Doing = Omit<Plan, 'digest' | 'room' | 'warnings' | 'carried'>;

/**
 * The first 12 hex digits of a SHA-256 over all words of the plan, each with its end, and of each list how many it has.
 * Compiling gives equal plans key by key, so nothing is sorted here. Probes, router files and their texts stand in a plan
 * once per host: each enters as its own digest, and so do long lists.
 */
export function planDigest({ steps, routers, ...rest }: Doing): string {
  const words = new Words();
  words.add(JSON.stringify(rest));
  for (const { host, file, before, after } of routers) {
    words.add(host);
    words.add(file);
    words.addShared(before);
    words.addShared(after);
  }
  for (const step of steps) addStep(step, words);
  return words.digest().slice(0, 12);
}

function addStep({ id, host, action, reason, needs, commands, undo, checkpoint, diagnose }: Step, words: Words): void {
  words.add(id);
  words.add(host);
  addAction(action, words);
  words.add(reason);
  words.addAll(needs);
  addCommands(commands, words);
  addCommands(undo, words);
  words.add(checkpoint === undefined ? '' : 'checkpoint');
  words.addAll(diagnose);
}

/** The values say it all: which they are is a matter of the first, the kind. */
function addAction(action: Action, words: Words): void {
  for (const value of Object.values<string | number | readonly string[]>(action)) {
    if (typeof value === 'object') words.addAll(value);
    else words.add(String(value));
  }
}

function addCommands(commands: readonly Command[], words: Words): void {
  words.add(String(commands.length));
  for (const command of commands) {
    words.add(command.kind);
    if (command.kind === 'run') {
      words.add(command.line);
      words.add(String(command.timeoutMs));
      addStdin(command.stdin, words);
    } else if (command.kind === 'probe') {
      const { targets, ...how } = command;
      words.addShared(targets);
      words.add(JSON.stringify(how));
    } else words.add(JSON.stringify(command));
  }
}

function addStdin(stdin: Stdin | undefined, words: Words): void {
  if (stdin?.kind === 'archive') words.addArchive(stdin.entries);
  else words.add(stdin === undefined ? '' : JSON.stringify(stdin));
}

/** Ends a word. No word has it: model/quote.ts refuses it in a line, names have no such letters, and JSON writes it otherwise. */
const END = '\0';

/** So many characters are joined before they are hashed: a call for each word would cost more than its hash. */
const CHUNK = 2 ** 14;

/** Lists are so long at most when they enter word by word. */
const MANY = 100;

/** Words that are hashed one after the other. */
class Words {
  readonly #hash: Hash = createHash('sha256');
  /** Digests of what stands in a plan many times, as one value. */
  readonly #known = new Map<unknown, string>();
  #waiting: string[] = [];
  #length = 0;

  add(word: string): void {
    this.#waiting.push(word);
    this.#length += word.length;
    if (this.#length > CHUNK) this.#flush();
  }

  addAll(words: readonly string[]): void {
    if (words.length > MANY) this.addShared(words);
    else {
      this.add(String(words.length));
      for (const word of words) this.add(word);
    }
  }

  addShared(part: unknown): void {
    this.add(this.#digestOf(part));
  }

  /** Each text by its own digest: router files are in a plan's changes, too. */
  addArchive(entries: readonly ArchiveEntry[]): void {
    const known = this.#known.get(entries) ?? sha256(JSON.stringify(entries.map((entry) => this.#outline(entry))));
    this.#known.set(entries, known);
    this.add(`archive ${known}`);
  }

  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #outline(entry: ArchiveEntry): unknown {
    return entry.content.kind === 'text' ? { ...entry, content: this.#digestOf(entry.content.text) } : entry;
  }

  #digestOf(part: unknown): string {
    const digest = this.#known.get(part) ?? sha256(typeof part === 'string' ? part : JSON.stringify(part));
    this.#known.set(part, digest);
    return digest;
  }

  #flush(): void {
    this.#waiting.push('');
    this.#hash.update(this.#waiting.join(END));
    this.#waiting = [];
    this.#length = 0;
  }
}
