/** A signal handed on: one listener on the outer one for each host, whatever is in flight there. */
import { setMaxListeners } from 'node:events';
import { follow } from '../model/follow.ts';

/** Signals that abort when the outer one does. */
export interface Relay {
  readonly of: (host: string) => AbortSignal;
  /** The outer signal may outlive this; after it, nothing is handed on any more. */
  readonly letGo: () => void;
}

/**
 * One signal per host, made when first asked for. An EventTarget of Node looks through all its listeners each time that one
 * comes or goes (lib/internal/event_target.js): with those of all commands of 1,000 hosts on one signal that is quadratic.
 */
export function relayPerHost(outer: AbortSignal): Relay {
  const signals = new Map<string, AbortSignal>();
  const stops: (() => void)[] = [];
  const of = (host: string): AbortSignal => {
    const known = signals.get(host);
    if (known !== undefined) return known;
    const controller = new AbortController();
    // Each command in flight on the host listens to it.
    setMaxListeners(0, controller.signal);
    stops.push(follow(controller, outer));
    signals.set(host, controller.signal);
    return controller.signal;
  };
  return {
    of,
    letGo: () => {
      for (const stop of stops) stop();
    },
  };
}
