/**
 * Router files of large apps. They name every replica of the app and are the same on nearly all hosts: a host reports only
 * their digests, and each content is read once in a look, from the first host that has it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sha256 } from '../model/digest.ts';
import { line } from '../model/quote.ts';
import { splitSections } from './sections.ts';
import { readTar } from './tar.ts';

/** Path below ~/.fleet -> text. */
export type Texts = ReadonlyMap<string, string>;

/** Runs a line on the host and gives what it prints, "" when it fails; rejects when the host does not answer. */
export type Ask = (line: string) => Promise<string>;

/** How long a host waits for what is read from another one, milliseconds; then it is asked itself. */
const PATIENCE_MS = 2_000;

/** The contents of one look, by their SHA-256. */
export class Contents {
  readonly #patienceMs: number;
  readonly #read = new Map<string, Promise<string | undefined>>();

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /** The texts of all files of which the report has only digests; undefined when one of them can not be read. Rejects as `ask` does. */
  async of(report: string, ask: Ask): Promise<Texts | undefined> {
    const sums = sumsIn(report);
    if (sums === undefined) return new Map();
    // There are some, and the host could tell the digest of none.
    if (sums.size === 0) return undefined;
    const own = await this.#readFirst(sums, ask);
    const texts = new Map<string, string>();
    for (const [path, digest] of sums) {
      const text = (await this.#known(digest)) ?? own.get(path);
      if (text !== undefined) texts.set(path, text);
    }
    const missing = [...sums.keys()].filter((path) => !texts.has(path));
    if (missing.length > 0) for (const [path, text] of await read(missing, ask)) texts.set(path, text);
    return texts.size === sums.size ? texts : undefined;
  }

  /** Reads what no other host of this look has had before. */
  async #readFirst(sums: ReadonlyMap<string, string>, ask: Ask): Promise<Texts> {
    const fresh = [...sums].filter(([, digest]) => !this.#read.has(digest));
    if (fresh.length === 0) return new Map();
    const paths = fresh.map(([path]) => path);
    const reading = read(paths, ask);
    for (const [path, digest] of fresh) this.#read.set(digest, verified(reading, path, digest));
    return reading;
  }

  /** Undefined too when somebody else's reading takes long. */
  async #known(digest: string): Promise<string | undefined> {
    const over = new AbortController();
    const late = sleep(this.#patienceMs, undefined, { signal: over.signal }).catch(() => undefined);
    const text = await Promise.race([this.#read.get(digest), late]);
    over.abort();
    return text;
  }
}

/** Undefined where the file could not be read, or was changed since its digest was taken. */
async function verified(
  reading: Promise<Texts>,
  path: string,
  digest: string | undefined,
): Promise<string | undefined> {
  const texts = await reading.catch(() => new Map<string, string>());
  const text = texts.get(path);
  return text !== undefined && sha256(text) === digest ? text : undefined;
}

async function read(paths: readonly string[], ask: Ask): Promise<Texts> {
  const printed = await ask(`cd "$HOME/.fleet" && ${line('tar', '-chzf', '-', '--', ...paths)} | base64`);
  const archive = await promisify(gunzip)(Buffer.from(printed, 'base64')).catch(() => Buffer.alloc(0));
  return readTar(archive);
}

/** Path -> SHA-256, as `sha256sum` prints them; undefined where there are no large files. */
function sumsIn(report: string): ReadonlyMap<string, string> | undefined {
  if (!report.includes('@@begin sums')) return undefined;
  const lines = splitSections(report).get('sums')?.lines ?? [];
  return new Map(
    lines.flatMap((text): [string, string][] => {
      const [, digest, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(text) ?? [];
      return digest === undefined || path === undefined ? [] : [[path, digest]];
    }),
  );
}
