/** The digest of a plan: two plans with the same digest do the same. */
import { createHash, type Hash } from 'node:crypto';
import { sha256 } from '../model/digest.ts';
import type { Command, Plan, RouterChange, Step } from '../model/plan.ts';

/** The parts of a plan that say what it does. */
export type Doing = Omit<Plan, 'digest' | 'room' | 'warnings' | 'carried'>;

/**
 * The first 12 hex digits of a SHA-256 over all words of the plan, each with its length before it. Compiling gives equal
 * plans key by key, so nothing is sorted here. Probes, router files and their texts stand in a plan once per host: each
 * enters as its own digest.
 */
export function planDigest({ steps, routers, ...rest }: Doing): string {
  const digests = new Digests();
  const words = new Words();
  words.add(JSON.stringify(rest));
  for (const router of routers) addRouter(router, words, digests);
  for (const step of steps) addStep(step, words, digests);
  return words.digest().slice(0, 12);
}

/** Lists are so long at most when they enter word by word. */
const MANY = 100;

function addRouter({ host, file, before, after }: RouterChange, words: Words, digests: Digests): void {
  words.add(host);
  words.add(file);
  words.add(digests.of(before));
  words.add(digests.of(after));
}

function addStep(step: Step, words: Words, digests: Digests): void {
  const { id, host, action, reason, needs, commands, undo, checkpoint, diagnose } = step;
  words.add(id);
  words.add(host);
  // A probe names all that it asks, on each host: of many it enters as a digest, too.
  if (action.kind !== 'probe' || action.replicas.length < MANY) words.add(JSON.stringify(action));
  else words.add(`probe ${digests.of(action.replicas)}`);
  words.add(reason);
  words.addAll(needs);
  addCommands(commands, words, digests);
  addCommands(undo, words, digests);
  words.add(checkpoint === undefined ? '' : 'checkpoint');
  words.addAll(diagnose);
}

function addCommands(commands: readonly Command[], words: Words, digests: Digests): void {
  words.add(String(commands.length));
  for (const command of commands) {
    words.add(command.kind);
    if (command.kind === 'probe') words.add(JSON.stringify({ ...command, targets: digests.of(command.targets) }));
    else if (command.kind !== 'run') words.add(JSON.stringify(command));
    else {
      const { line, timeoutMs, stdin } = command;
      words.add(line);
      words.add(String(timeoutMs));
      if (stdin?.kind === 'archive') words.add(`archive ${digests.of(stdin.entries)}`);
      else words.add(stdin === undefined ? '' : JSON.stringify(stdin));
    }
  }
}

/** Digests of what stands in a plan many times, as one value. */
class Digests {
  readonly #known = new Map<unknown, string>();

  of(part: unknown): string {
    const digest = this.#known.get(part) ?? sha256(JSON.stringify(part));
    this.#known.set(part, digest);
    return digest;
  }
}

/** So many characters are joined before they are hashed: a call for each word would cost more than its hash. */
const CHUNK = 2 ** 16;

/** Words that are hashed one after the other, so that no two lists of words are the same text. */
class Words {
  readonly #hash: Hash = createHash('sha256');
  #waiting: string[] = [];
  #length = 0;

  add(word: string): void {
    this.#waiting.push(`${word.length}`, word);
    this.#length += word.length;
    if (this.#length > CHUNK) this.#flush();
  }

  addAll(words: readonly string[]): void {
    this.add(String(words.length));
    for (const word of words) this.add(word);
  }

  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(`${this.#waiting.join(' ')} `);
    this.#waiting = [];
    this.#length = 0;
  }
}
