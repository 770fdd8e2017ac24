/** The senses of a watcher, all of them together. */
import type { Feelers, HungQuestion, ReachQuestion, Senses } from '../model/senses.ts';
import type { Clock, Shell } from '../model/shell.ts';
import { followEvents } from './watch/events.ts';
import { findHung, type HungMeans, watchHung } from './watch/hung.ts';
import { startPulse } from './watch/pulse.ts';
import { askReplicas } from './watch/questions.ts';
import { reachOf } from './watch/reach.ts';
import { reachTargetsOf } from './watch/targets.ts';

/** A host that is there answers its neighbours within milliseconds; until this is over, traffic still goes to it. */
const REACH_MS = 700;

function meansOf(shell: Shell, clock: Clock): HungMeans {
  return { clock, ask: (questions, timeoutMs) => askReplicas({ shell, questions, timeoutMs }) };
}

/** Senses that go by the clock. */
export function createSenses(clock: Clock): Senses {
  return {
    async feel(feelers: Feelers) {
      const { shell, inventory, onPulse, onEvent, onStream, signal } = feelers;
      const hosts = inventory.hosts.map(({ name }) => name);
      const events = hosts.map((host) => {
        const onState = (state: 'streaming' | 'lost'): void => {
          if (state === 'streaming') onStream(host);
        };
        return followEvents({ shell, host, clock, onEvent, onState, signal });
      });
      const pulse = startPulse({ shell, hosts, clock, onPulse, signal });
      await Promise.all([pulse, ...events, watchHung(feelers, meansOf(shell, clock))]);
    },
    hung: (question: HungQuestion) => findHung(question, meansOf(question.shell, clock)),
    reach({ shell, inventory, silent, up, observed }: ReachQuestion) {
      const targets = reachTargetsOf(inventory, observed, silent);
      return reachOf({ shell, from: up, targets, timeoutMs: REACH_MS });
    },
  };
}
