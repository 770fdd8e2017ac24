/** Docker's event stream of one host, opened again whenever it ends. */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { FleetError } from '../../model/error.ts';
import { lineReader } from '../../model/lines.ts';
import type { Clock, Shell } from '../../model/shell.ts';
import type { DockerEvent } from '../../model/watch.ts';
import { EVENTS_BEGIN, EVENTS_LINE, EVENTS_PATH, parseDockerEvent } from './docker-event.ts';
import { Engine, isHostTrouble, Unanswered } from './engine.ts';
import { limitBy } from './limit.ts';

/** How events come from a host: Docker's API through a stream to its socket, or a command that goes on for ever. */
export type Transport = 'socket' | 'command';

/** Whose events, and who wants them. */
export interface EventsOrder {
  readonly shell: Shell;
  readonly host: string;
  readonly clock: Clock;
  /** Only events of containers with fleet's labels, and of the router. */
  readonly onEvent: (event: DockerEvent) => void;
  /** "streaming": whatever happens from now on is told; what happened before is not. "lost": until the next one, nothing is. */
  readonly onState: (state: 'streaming' | 'lost', transport: Transport) => void;
  readonly signal: AbortSignal;
}

/** Pauses between attempts: the first, doubling up to the last. A host that is away has its own. */
const FIRST_MS = 500;
const LAST_MS = 10_000;
const AWAY_MS = 1_000;

/** How long Docker may take to begin its stream. */
const BEGIN_MS = 5_000;

/** A command that follows may go on for so long. */
const FOLLOW_MS = 7 * 86_400_000;

/** Follows until the signal aborts, and resolves then. Rejects only with what is a bug of ours. */
export async function followEvents(order: EventsOrder): Promise<void> {
  setMaxListeners(0, order.signal);
  const { clock, signal } = order;
  const engine = new Engine(order.shell, order.host);
  for (let failures = 0; !signal.aborted; ) {
    const ended = await followOnce(order, engine);
    failures = ended === 'streamed' ? 0 : failures + 1;
    const pause = ended === 'away' ? AWAY_MS : Math.min(LAST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
    await clock.sleep(pause, signal).catch(() => undefined);
  }
  engine.close();
}

/** How one attempt ended: there was a stream; the host is away, where attempts cost nothing; or Docker would not. */
type Ended = 'streamed' | 'away' | 'refused';

async function followOnce(order: EventsOrder, engine: Engine): Promise<Ended> {
  try {
    return await followSocket(order, engine);
  } catch (error) {
    if (order.signal.aborted || error instanceof Unanswered) return 'refused';
    return error instanceof FleetError && error.code === 'E_DIAL' ? followCommand(order) : endOf(error);
  }
}

async function followSocket({ host, clock, onEvent, onState, signal }: EventsOrder, engine: Engine): Promise<Ended> {
  const response = await begin(engine, clock, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    return 'refused';
  }
  onState('streaming', 'socket');
  await readToEnd(response, signal, eventReader(host, onEvent));
  onState('lost', 'socket');
  return 'streamed';
}

async function begin(engine: Engine, clock: Clock, signal: AbortSignal): Promise<IncomingMessage> {
  const limit = limitBy(clock, BEGIN_MS, signal);
  try {
    return await engine.stream(EVENTS_PATH, limit.signal);
  } finally {
    limit.stop();
  }
}

/** Resolves when the stream has ended in any way, or the signal aborts. */
function readToEnd(response: IncomingMessage, signal: AbortSignal, onLine: (text: string) => void): Promise<void> {
  const lines = lineReader(onLine);
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      response.destroy();
      resolve();
    };
    response.setEncoding('utf8').on('data', (chunk: string) => lines.push(chunk));
    response.on('error', end).once('end', end).once('close', end);
    if (signal.aborted) return end();
    signal.addEventListener('abort', end, { once: true });
  });
}

async function followCommand(order: EventsOrder): Promise<Ended> {
  const { shell, host, onEvent, onState, signal } = order;
  let began = false;
  const tell = eventReader(host, onEvent);
  const lines = lineReader((text) => {
    if (text !== EVENTS_BEGIN) return tell(text);
    began = true;
    onState('streaming', 'command');
  });
  try {
    const onOutput = (stream: string, chunk: string) => stream === 'stdout' && lines.push(chunk);
    await shell.run(host, EVENTS_LINE, { timeoutMs: FOLLOW_MS, keepBytes: 1024, signal, onOutput });
    return began ? 'streamed' : 'refused';
  } catch (error) {
    if (signal.aborted) return 'refused';
    return began ? 'streamed' : endOf(error);
  } finally {
    if (began) onState('lost', 'command');
  }
}

function eventReader(host: string, onEvent: (event: DockerEvent) => void): (text: string) => void {
  return (text) => {
    const event = parseDockerEvent(host, text);
    if (event !== undefined) onEvent(event);
  };
}

function endOf(error: unknown): Ended {
  if (!isHostTrouble(error)) throw error;
  return error.code === 'E_HOST_UNREACHABLE' || error.code === 'E_TIMEOUT' ? 'away' : 'refused';
}
