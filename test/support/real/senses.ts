/** All senses of a watcher at work on a lab, and everything that they tell. */
import type { Shell } from '../../../src/model/shell.ts';
import type { DockerEvent, Pulse } from '../../../src/model/watch.ts';
import { followEvents } from '../../../src/observe/watch/events.ts';
import { startPulse } from '../../../src/observe/watch/pulse.ts';
import { openShellOn, WALL_CLOCK } from './shell.ts';
import { Told } from './told.ts';

/** A pulse with its host. */
export interface PulseOf {
  readonly host: string;
  readonly pulse: Pulse;
}

/** A watcher that only feels. */
export interface Senses extends AsyncDisposable {
  readonly shell: Shell;
  readonly pulses: Told<PulseOf>;
  readonly events: Told<DockerEvent>;
  /** "vm3 streaming socket" */
  readonly streams: Told<string>;
}

/** Starts the pulse and the events of all hosts, and waits until each host is up and streams. */
export async function startSenses(inventory: string, hosts: readonly string[], limitMs = 30_000): Promise<Senses> {
  const shell = await openShellOn(inventory);
  const end = new AbortController();
  const pulses = new Told<PulseOf>();
  const events = new Told<DockerEvent>();
  const streams = new Told<string>();
  const order = { shell, clock: WALL_CLOCK, signal: end.signal };
  const ready = hosts.flatMap((host) => [
    pulses.next((one) => one.host === host && one.pulse.kind === 'up', limitMs),
    streams.next((one) => one.startsWith(`${host} streaming`), limitMs),
  ]);
  const work = Promise.all([
    startPulse({ ...order, hosts, onPulse: (host, pulse) => pulses.tell({ host, pulse }) }),
    ...hosts.map((host) =>
      followEvents({
        ...{ ...order, host },
        onEvent: (event) => events.tell(event),
        onState: (state, transport) => streams.tell(`${host} ${state} ${transport}`),
      }),
    ),
  ]);
  await Promise.race([Promise.all(ready), work]);
  return {
    ...{ shell, pulses, events, streams },
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await work;
      await shell.close();
    },
  };
}

/** Waits until the host's pulse is of that kind, and gives the milliseconds since `from`. */
export async function pulseAfter(
  { pulses }: Senses,
  host: string,
  { kind, from }: { readonly kind: Pulse['kind']; readonly from: number },
): Promise<number> {
  const telling = await pulses.next((one) => one.host === host && one.pulse.kind === kind, 60_000);
  return Math.round(telling.at - from);
}
