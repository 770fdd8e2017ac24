/** What a repair changed, in a few sentences made of its plan. */
import { shortName } from '../../model/labels.ts';
import type { Plan, ServiceChange } from '../../model/plan.ts';
import { count, listed } from '../units.ts';

/** One sentence for each service that was touched, and one for the routers. */
export function repairSentences({ services, steps }: Pick<Plan, 'services' | 'steps'>): string[] {
  const hosts = (kind: 'switch' | 'prepare') =>
    [...new Set(steps.filter(({ action }) => action.kind === kind).map(({ host }) => host))].sort();
  const switched = hosts('switch');
  const changes = services.filter(({ starts, stops }) => starts.length + stops.length > 0).map(changeSentence);
  const routers = switched.length === 0 ? [] : [`routers of ${count(switched.length, 'host')} switched`];
  const rest = steps.length > 0 && changes.length + routers.length === 0 ? [`${count(steps.length, 'step')} done`] : [];
  return [...changes, ...routers, ...rest];
}

function changeSentence({ service, starts, stops }: ServiceChange): string {
  const words = (verb: string, all: readonly { readonly replica: string; readonly host: string }[]): string[] =>
    all.length === 0 ? [] : [`${verb} ${listed(all.map(({ replica, host }) => `${shortName(replica)} on ${host}`))}`];
  return `${service}: ${[...words('started', starts), ...words('stopped', stops)].join(', ')}`;
}
