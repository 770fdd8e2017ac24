/** What a repair changed, in a few sentences made of its plan. */
import { shortName } from '../../model/labels.ts';
import type { Plan, ServiceChange, Step } from '../../model/plan.ts';
import { count, listed } from '../units.ts';

/** One sentence for each service that was touched, for what was started again, and for the routers. */
export function repairSentences({ services, steps }: Pick<Plan, 'services' | 'steps'>): string[] {
  const changes = services.filter(({ starts, stops }) => starts.length + stops.length > 0).map(changeSentence);
  const again = steps.flatMap(({ action, host }) =>
    action.kind === 'adopt' ? [`${shortName(action.replica)} on ${host}`] : [],
  );
  const routers = hostsOf(steps, ({ id, host }) => id === `router@${host}`);
  const switched = hostsOf(steps, ({ action }) => action.kind === 'switch');
  const said = [
    ...changes,
    ...(again.length === 0 ? [] : [`started again ${listed(again)}`]),
    ...(routers.length === 0 ? [] : [`router made again on ${listed(routers)}`]),
    ...(switched.length === 0 ? [] : [`routers switched on ${listed(switched)}`]),
  ];
  return said.length > 0 ? said : [`${count(steps.length, 'step')} done`];
}

function hostsOf(steps: readonly Step[], isMeant: (step: Step) => boolean): string[] {
  return [...new Set(steps.filter(isMeant).map(({ host }) => host))].sort();
}

function changeSentence({ service, starts, stops }: ServiceChange): string {
  const words = (verb: string, all: readonly { readonly replica: string; readonly host: string }[]): string[] =>
    all.length === 0 ? [] : [`${verb} ${listed(all.map(({ replica, host }) => `${shortName(replica)} on ${host}`))}`];
  return `${service}: ${[...words('started', starts), ...words('stopped', stops)].join(', ')}`;
}
