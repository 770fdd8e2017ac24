/** One question to one host: is SSH there, is Docker there? */
import { FleetError } from '../../model/error.ts';
import { line } from '../../model/quote.ts';
import type { Clock, CommandResult, Shell } from '../../model/shell.ts';
import type { Pulse } from '../../model/watch.ts';
import { Engine, isHostTrouble, Unanswered } from './engine.ts';
import { limitBy } from './limit.ts';

/** How often Docker is asked by a command: it costs a process there. */
const COMMAND_EVERY_MS = 5_000;

/** Limit of a command; the host ends it by itself a little sooner. */
const COMMAND_MS = 6_000;

/** Docker's own word on whether it is there, with an end where Docker hangs: a client would wait for ever. */
const ASK_DOCKER = (() => {
  const ask = line('docker', 'version', '--format', '{{.Server.Version}}');
  return `if command -v timeout >/dev/null; then timeout 4 ${ask}; else ${ask}; fi`;
})();

/** What `timeout` ends with when it had to end its command. */
const TIMED_OUT = 124;

const UP: Pulse = { kind: 'up' };

/** What asking needs. */
export interface AskMeans {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Limit for the way to Docker, logging in too; default CONNECT_MS. */
  readonly connectMs?: number;
}

/** How a command ended; without a result, what that says of the host, if it says anything. */
interface Ended {
  readonly result?: CommandResult;
  readonly pulse?: Pulse;
}

/** Asks one host again and again, by the cheapest way that it allows. Owns the stream that is kept between questions. */
export class HostAsker {
  readonly #host: string;
  readonly #means: AskMeans;
  readonly #engine: Engine;
  #way: 'socket' | 'command' = 'socket';
  /** What Docker said by command, and when. */
  #said: { readonly pulse: Pulse; readonly at: number } | undefined;

  constructor(host: string, means: AskMeans) {
    this.#host = host;
    this.#means = means;
    this.#engine = new Engine(means.shell, host, means.connectMs === undefined ? {} : { connectMs: means.connectMs });
  }

  /** By which way Docker is asked: where sshd forbids streams to its socket, by commands. */
  get way(): 'socket' | 'command' {
    return this.#way;
  }

  /** Asks once. undefined when this process stood still meanwhile, so that nothing can be said. */
  async ask(limitMs: number): Promise<Pulse | undefined> {
    return this.#way === 'socket' ? this.#bySocket(limitMs) : this.#byCommand(limitMs);
  }

  /** Forgets the connection and all that was found out over it. */
  drop(): void {
    this.#engine.close();
    this.#way = 'socket';
    this.#said = undefined;
  }

  async #bySocket(limitMs: number): Promise<Pulse | undefined> {
    const { clock, signal } = this.#means;
    const limit = limitBy(clock, limitMs, signal);
    try {
      const { status } = await this.#engine.get('/_ping', limit.signal);
      return status === 200 ? UP : this.#noDocker(`it answers HTTP ${status}`);
    } catch (error) {
      if (limit.stalled()) return undefined;
      if (error instanceof Unanswered) return this.#unanswered(error, limitMs);
      if (error instanceof FleetError && error.code === 'E_DIAL') return this.#refusedSocket();
      return silent(error);
    } finally {
      limit.stop();
    }
  }

  /** SSH is there, and says the same of a socket that it forbids and of one where nobody listens. */
  async #refusedSocket(): Promise<Pulse | undefined> {
    const pulse = await this.#askDocker();
    if (pulse?.kind === 'up') this.#way = 'command';
    return pulse;
  }

  /** SSH first: it answers, or not, much sooner than Docker does by command. */
  async #byCommand(limitMs: number): Promise<Pulse | undefined> {
    const { result, pulse } = await this.#run(':', 2 * limitMs);
    return result === undefined ? pulse : this.#askDocker();
  }

  async #askDocker(): Promise<Pulse | undefined> {
    const said = this.#lately();
    if (said !== undefined) return said;
    const { result, pulse } = await this.#run(ASK_DOCKER, COMMAND_MS);
    if (result === undefined) return pulse;
    const now = result.code === 0 ? UP : this.#noDocker(reasonOf(result));
    this.#said = { pulse: now, at: this.#means.clock.now() };
    return now;
  }

  #lately(): Pulse | undefined {
    const said = this.#said;
    return said !== undefined && this.#means.clock.now() - said.at < COMMAND_EVERY_MS ? said.pulse : undefined;
  }

  async #run(command: string, limitMs: number): Promise<Ended> {
    const { clock, shell, signal } = this.#means;
    const limit = limitBy(clock, limitMs, signal);
    try {
      return { result: await shell.run(this.#host, command, { timeoutMs: limitMs + 1_000, signal: limit.signal }) };
    } catch (error) {
      if (limit.stalled()) return {};
      return { pulse: limit.signal.aborted ? this.#silentFor(limitMs) : silent(error) };
    } finally {
      limit.stop();
    }
  }

  /** A stream that was just opened proves that SSH is there; of one kept from before nobody knows whose end it was. */
  #unanswered({ how, stage, message }: Unanswered, limitMs: number): Pulse {
    if (stage === 'fresh') return this.#noDocker(how === 'late' ? `no answer within ${limitMs} ms` : message);
    return how === 'late' ? this.#silentFor(limitMs) : this.#silent(message);
  }

  #silentFor(limitMs: number): Pulse {
    return this.#silent(`no answer within ${limitMs} ms`);
  }

  #silent(why: string): Pulse {
    return { kind: 'silent', code: 'E_HOST_UNREACHABLE', message: `host ${this.#host}: ${why}` };
  }

  #noDocker(why: string): Pulse {
    return { kind: 'no-docker', code: 'E_HOST_DOCKER', message: `host ${this.#host}: Docker does not answer: ${why}` };
  }
}

function reasonOf({ code, stderr }: CommandResult): string {
  if (code === TIMED_OUT) return 'it hangs';
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return last === '' ? `the docker command ended with code ${code}` : last;
}

/** What an error of the shell says of the host. */
function silent(error: unknown): Pulse {
  if (!isHostTrouble(error)) throw error;
  const code = error.code === 'E_TIMEOUT' ? 'E_HOST_UNREACHABLE' : error.code;
  return { kind: 'silent', code, message: error.message };
}
