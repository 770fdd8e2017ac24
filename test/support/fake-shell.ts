/** Hosts that are not there: answers by script, and HTTP servers in memory to dial. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { FleetError } from '../../src/model/error.ts';
import type { Clock, CommandResult, RunOptions, Shell } from '../../src/model/shell.ts';
import type { FakeClock } from './fake-clock.ts';

/** A command as a host saw it. */
export interface Call {
  readonly host: string;
  readonly line: string;
  /** Standard input as text. */
  readonly stdin?: string;
  readonly bytes?: Uint8Array;
  readonly startedAt: number;
  /** Commands in flight on the same host, this one included, when it began. */
  readonly inFlight: number;
}

/** What a host answers; all is optional: the default is code 0, no output, at once. */
export interface Answer extends Partial<CommandResult> {
  /** How long it takes, by the clock. */
  readonly takesMs?: number;
  /** Standard output as it comes, at the beginning; not part of the result. */
  readonly says?: readonly string[];
  /** Thrown instead of a result: the host is lost. */
  readonly error?: FleetError;
}

type Script = Answer | ((call: Call) => Answer);

/** What is behind a unix socket of a host: an HTTP server, why there is no way to it, or a host that says nothing. */
export type Door = RequestListener | FleetError | 'silence';

/** A Shell that answers as told and remembers what it was asked. The last script that fits answers. */
export class FakeShell implements Shell {
  readonly calls: Call[] = [];
  /** "host address:port" of each connection asked for. */
  readonly dials: string[] = [];
  /** "host path" of each stream to a unix socket that was asked for. */
  readonly sockets: string[] = [];
  /** Hosts whose connections were dropped, in order. */
  readonly resets: string[] = [];
  readonly #doors = new Map<string, Door>();
  readonly #streams = new Map<string, Set<Duplex>>();
  readonly #scripts: { readonly host?: string; readonly line: string | RegExp; readonly script: Script }[] = [];
  readonly #servers = new Map<string, (socket: Duplex) => void>();
  readonly #inFlight = new Map<string, number>();
  readonly #clock: Clock & Partial<Pick<FakeClock, 'busy'>>;

  constructor(clock: Clock & Partial<Pick<FakeClock, 'busy'>>) {
    this.#clock = clock;
  }

  /** Answers to each line that is the text or fits the expression, on any host. */
  on(line: string | RegExp, script: Script): this {
    this.#scripts.unshift({ line, script });
    return this;
  }

  /** The same for one host alone. */
  onHost(host: string, line: string | RegExp, script: Script): this {
    this.#scripts.unshift({ host, line, script });
    return this;
  }

  /** An HTTP server at address:port, as every host sees it. */
  listen(address: string, port: number, handler: RequestListener): Server {
    const server = createServer(handler);
    this.accept(address, port, (socket) => server.emit('connection', socket));
    return server;
  }

  /** Anything that takes connections at address:port: TLS, or silence. */
  accept(address: string, port: number, take: (socket: Duplex) => void): this {
    this.#servers.set(`${address}:${port}`, take);
    return this;
  }

  /** From now on this is behind the socket; streams that are open already stay with what was there before. */
  socket(host: string, path: string, door: Door): this {
    this.#doors.set(`${host} ${path}`, door);
    return this;
  }

  /** The host lost its power: what is open stays open, and says nothing any more. */
  silence(host: string): void {
    for (const stream of this.#streams.get(host) ?? []) {
      stream.removeAllListeners('data');
      stream.write = () => true;
    }
  }

  /** How many streams to unix sockets of the host are open. */
  openStreams(host: string): number {
    return this.#streams.get(host)?.size ?? 0;
  }

  async connect(): Promise<void> {}

  async run(host: string, line: string, options: RunOptions): Promise<CommandResult> {
    const inFlight = (this.#inFlight.get(host) ?? 0) + 1;
    this.#inFlight.set(host, inFlight);
    const stdin =
      options.stdin === undefined ? {} : { stdin: Buffer.from(options.stdin).toString(), bytes: options.stdin };
    const call = { host, line, ...stdin, startedAt: this.#clock.now(), inFlight };
    this.calls.push(call);
    try {
      const { takesMs, says = [], error, code = 0, stdout = '', stderr = '' } = this.#answer(call);
      for (const text of says) options.onOutput?.('stdout', text);
      if (takesMs !== undefined) await this.#clock.sleep(takesMs, options.signal);
      if (error !== undefined) throw error;
      return { code, stdout, stderr };
    } finally {
      this.#inFlight.set(host, (this.#inFlight.get(host) ?? 1) - 1);
    }
  }

  async dial(host: string, address: string, port: number): Promise<Duplex> {
    this.dials.push(`${host} ${address}:${port}`);
    const take = this.#servers.get(`${address}:${port}`);
    if (take === undefined) throw new FleetError('E_DIAL', `${host}: ${address}:${port} refused the connection`);
    const [near, far] = duplexPair();
    const idle = this.#clock.busy?.();
    near.once('close', () => {
      far.destroy();
      idle?.();
    });
    take(far);
    return near;
  }

  async connectSocket(host: string, path: string, timeoutMs: number): Promise<Duplex> {
    this.sockets.push(`${host} ${path}`);
    const door = this.#doors.get(`${host} ${path}`);
    if (door === 'silence') {
      await this.#clock.sleep(timeoutMs);
      throw new FleetError('E_TIMEOUT', `${host}: no way to ${path}`);
    }
    if (door === undefined) throw new FleetError('E_DIAL', `${host} can not connect to ${path}: open failed`);
    if (door instanceof FleetError) throw door;
    return this.#open(host, door);
  }

  reset(host: string): void {
    this.resets.push(host);
    for (const stream of this.#streams.get(host) ?? []) stream.destroy();
  }

  async close(): Promise<void> {
    this.calls.length = 0;
  }

  /** Lines in the order in which they were run, as "host: line". */
  lines(): readonly string[] {
    return this.calls.map(({ host, line }) => `${host}: ${line}`);
  }

  #open(host: string, handler: RequestListener): Duplex {
    const [near, far] = duplexPair();
    const streams = this.#streams.get(host) ?? new Set();
    this.#streams.set(host, streams.add(near));
    near.once('close', () => {
      streams.delete(near);
      far.destroy();
    });
    far.once('close', () => near.destroy());
    createServer(handler).emit('connection', far);
    const self = () => near;
    return Object.assign(near, { setKeepAlive: self, setNoDelay: self, setTimeout: self, ref: self, unref: self });
  }

  #answer(call: Call): Answer {
    const found = this.#scripts.find(
      ({ host, line }) =>
        (host === undefined || host === call.host) &&
        (typeof line === 'string' ? line === call.line : line.test(call.line)),
    );
    if (found === undefined) return {};
    return typeof found.script === 'function' ? found.script(call) : found.script;
  }
}
