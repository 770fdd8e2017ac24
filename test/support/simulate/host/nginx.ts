/** The router of a simulated host: what its two nginx masters have read, and who their workers are. */
import type { InMemoryFs } from 'just-bash';
import { complaintsOf } from '../../compile/nginx-check.ts';

/** The two masters. */
export type Kind = 'http' | 'stream';

/** What a master goes by until it is told to reload. */
interface Loaded {
  /** App -> generation that the router tells. */
  readonly generations: ReadonlyMap<string, string>;
  /** "80" and "10.96.0.1:80", as the files name them. */
  readonly listens: ReadonlySet<string>;
}

const NOTHING: Loaded = { generations: new Map(), listens: new Set() };

/** Where the router's container has the folder ~/.fleet/router. */
const IN_CONTAINER = '/etc/nginx/fleet/';

/** Process ids of the masters; the worker of each has a greater one after each reload. */
const MASTERS: Readonly<Record<Kind, number>> = { http: 1000, stream: 2000 };

/** Goes by the files that lie on the host, and by the whole of what their `include` lines name. */
export class Nginx {
  readonly #files: InMemoryFs;
  readonly #folder: string;
  readonly #loaded: Record<Kind, Loaded> = { http: NOTHING, stream: NOTHING };
  readonly #reloads: Record<Kind, number> = { http: 0, stream: 0 };

  /** `home`: of the user on whose behalf fleet works. */
  constructor(files: InMemoryFs, home: string) {
    this.#files = files;
    this.#folder = `${home}/.fleet/router/`;
  }

  /** What `nginx -t` says against a file, by its path in the container; empty when all is well. */
  async test(path: string): Promise<readonly string[]> {
    const texts = await this.#texts(path);
    return texts === undefined ? [`open() "${path}" failed`] : judged(texts);
  }

  /** A start or a reload: with files that nginx would refuse, it goes on as before. */
  async load(kind: Kind): Promise<void> {
    const texts = await this.#texts(`${IN_CONTAINER}${kind}.conf`);
    if (texts === undefined || judged(texts).length > 0) return;
    this.#reloads[kind] += 1;
    this.#loaded[kind] = loadedFrom(texts);
  }

  /** Both masters are gone. */
  end(): void {
    Object.assign(this.#loaded, { http: NOTHING, stream: NOTHING });
  }

  /** App -> generation that the HTTP master tells. */
  get generations(): ReadonlyMap<string, string> {
    return this.#loaded.http.generations;
  }

  /** True where one of the masters listens. */
  listens(address: string, port: number): boolean {
    const names = [`${port}`, `${address}:${port}`];
    return names.some((name) => this.#loaded.http.listens.has(name) || this.#loaded.stream.listens.has(name));
  }

  /** Pid of the master, and of its one worker. */
  pids(kind: Kind): { readonly master: number; readonly worker: number } {
    return { master: MASTERS[kind], worker: MASTERS[kind] + this.#reloads[kind] };
  }

  async #texts(path: string): Promise<string[] | undefined> {
    const main = await this.#read(this.#onHost(path));
    if (main === undefined) return undefined;
    const names = [...main.matchAll(/^\s*include (\S+);/gm)].map(([, name = '']) => name);
    const included = await Promise.all(names.map((name) => this.#included(name)));
    return [main, ...included.flat()];
  }

  /** Files behind a name in which one folder may be "*"; those of the image itself are not there. */
  async #included(name: string): Promise<string[]> {
    const [before = '', after] = this.#onHost(name).split('*');
    const folders = after === undefined ? [''] : await this.#files.readdir(before).catch(() => []);
    const texts = await Promise.all(folders.map((folder) => this.#read(`${before}${folder}${after ?? ''}`)));
    return texts.filter((text) => text !== undefined);
  }

  #onHost(path: string): string {
    return path.startsWith(IN_CONTAINER) ? `${this.#folder}${path.slice(IN_CONTAINER.length)}` : path;
  }

  async #read(path: string): Promise<string | undefined> {
    const bytes = await this.#files.readFileBuffer(path).catch(() => undefined);
    return bytes === undefined ? undefined : textOf(bytes);
  }
}

/** Texts of files; equal files of many hosts are the same bytes (content.ts). */
const decoded = new WeakMap<Uint8Array, string>();

function textOf(bytes: Uint8Array): string {
  const text = decoded.get(bytes) ?? Buffer.from(bytes).toString();
  decoded.set(bytes, text);
  return text;
}

interface Verdict {
  readonly files: readonly string[];
  readonly complaints: readonly string[];
}

/** The last ones, newest first. */
const verdicts: Verdict[] = [];
const MOST_VERDICTS = 16;

/** What nginx has against the files together: judged once for all hosts that have the same. */
function judged(files: readonly string[]): readonly string[] {
  const known = verdicts.find(
    (one) => one.files.length === files.length && one.files.every((text, at) => text === files[at]),
  );
  if (known !== undefined) return known.complaints;
  const complaints = complaintsOf(files);
  verdicts.unshift({ files, complaints });
  verdicts.length = Math.min(verdicts.length, MOST_VERDICTS);
  return complaints;
}

function loadedFrom(texts: readonly string[]): Loaded {
  const told = texts.flatMap((text) => [...text.matchAll(/location = \/generation\/(\S+) \{ return 200 "(\w+)/g)]);
  const listens = texts.flatMap((text) => [...text.matchAll(/^\s*listen (\S+?)[ ;]/gm)].map(([, at = '']) => at));
  return {
    generations: new Map(told.map(([, app = '', generation = '']) => [app, generation])),
    listens: new Set(listens),
  };
}
