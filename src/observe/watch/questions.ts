/** Replicas asked once each: which of them run and do not answer? */
import { type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Shell } from '../../model/shell.ts';
import { Askers } from './asker.ts';

/** Questions in a row without an answer after which a replica hangs. */
export const MISSES = 3;

/** One address of one replica, and who asks it. */
export interface Question {
  /** "HOST/NAME" of the container. Several questions with one key: an answer to any of them is one. */
  readonly key: string;
  /** The host that asks; best the replica's own, so that no other network path can be at fault. */
  readonly from: string;
  readonly address: string;
  readonly port: number;
  /** Any answer is one, whatever its status. Absent: a connection that opens is; a stopped process still takes it. */
  readonly http?: { readonly path: string; readonly host?: string };
}

/** What came of one round; each key is in one of the lists, which are sorted. */
export interface Answers {
  readonly answered: readonly string[];
  readonly missed: readonly string[];
  /** The asking host could not be reached: nothing is known. */
  readonly unknown: readonly string[];
}

/** What to ask. */
export interface QuestionsOrder {
  readonly shell: Shell;
  readonly questions: readonly Question[];
  /** Limit of each question. */
  readonly timeoutMs: number;
}

/** Asks each replica once. Never rejects for what hosts do. Takes up to `timeoutMs` for each 32 questions, and 2 s. */
export async function askReplicas({ shell, questions, timeoutMs }: QuestionsOrder): Promise<Answers> {
  const askers = new Askers(shell);
  const said = await Promise.all(
    questions.map(async (question) => ({
      key: question.key,
      said: await askers.ask(question, timeoutMs, (stream, signal) => isAnswered(question, stream, signal)),
    })),
  );
  const keysOf = (word: string) => new Set(said.filter((one) => one.said === word).map(({ key }) => key));
  const answered = keysOf('answer');
  const missed = keysOf('silence');
  const unknown = [...keysOf('unknown')].filter((key) => !answered.has(key) && !missed.has(key));
  const sorted = (keys: Iterable<string>) => [...keys].sort();
  return {
    answered: sorted(answered),
    missed: sorted([...missed].filter((key) => !answered.has(key))),
    unknown: sorted(unknown),
  };
}

/** Counts which replicas miss one question after the other. */
export class Misses {
  readonly #missed = new Map<string, number>();

  /** Takes one round in and says which replicas hang: no answer for three rounds on end. Sorted. */
  note({ answered, missed, unknown }: Answers): readonly string[] {
    const asked = new Set([...answered, ...missed, ...unknown]);
    for (const key of this.#missed.keys()) if (!asked.has(key)) this.#missed.delete(key);
    for (const key of answered) this.#missed.delete(key);
    for (const key of missed) this.#missed.set(key, (this.#missed.get(key) ?? 0) + 1);
    return [...this.#missed].flatMap(([key, count]) => (count >= MISSES ? [key] : [])).sort();
  }
}

async function isAnswered({ address, port, http }: Question, stream: Duplex, signal: AbortSignal): Promise<boolean> {
  if (http === undefined) return true;
  const response = await new Promise<IncomingMessage | undefined>((resolve, reject) => {
    const asked = request({
      createConnection: () => stream,
      path: http.path,
      headers: { host: http.host ?? `${address}:${port}`, 'user-agent': 'fleet', connection: 'close' },
      setHost: false,
      signal,
    });
    asked.once('response', resolve);
    asked.on('error', (error: Error & { code?: string }) => {
      // Whoever answers in another language is alive.
      if (error.code?.startsWith('HPE_') === true) resolve(undefined);
      else reject(error);
    });
    asked.end();
  });
  response?.on('error', () => undefined).resume();
  return true;
}
