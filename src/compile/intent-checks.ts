/** What a change of a release may ask for: services and hosts that are there, numbers that make sense. */
import { FleetError } from '../model/error.ts';
import type { Intent } from '../model/plan.ts';
import type { Service } from '../model/playbook.ts';
import type { Posed } from './question.ts';

/** Problems of the intent itself, before anything is judged. */
export function intentProblems({ intent, inventory, playbook }: Posed): FleetError[] {
  if (intent.kind === 'scale') return scaleProblems(intent, playbook.services);
  if (intent.kind !== 'drain' || inventory.hosts.some(({ name }) => name === intent.host)) return [];
  const names = inventory.hosts.map(({ name }) => name).join(', ');
  return [new FleetError('E_REFERENCE', `host ${intent.host} is not in the inventory`, { hint: `it has ${names}` })];
}

function scaleProblems({ replicas }: Extract<Intent, { kind: 'scale' }>, services: readonly Service[]): FleetError[] {
  return Object.keys(replicas).flatMap((name) => {
    const service = services.find((one) => one.name === name);
    const why = service === undefined ? 'is no service of the release' : unscalable(service);
    if (why === undefined) return [];
    const others = services.filter((one) => unscalable(one) === undefined).map((one) => one.name);
    const hint = others.length === 0 ? 'fleet ps' : `what can be scaled: ${others.join(', ')}`;
    return [new FleetError('E_REFERENCE', `${name} ${why}`, { hint })];
  });
}

/** Why a number of replicas means nothing for the service; undefined when it does. */
function unscalable({ mode, job }: Service): string | undefined {
  if (job !== undefined) return 'is a job: it runs once in a deploy';
  return mode === 'global' ? 'runs once on every host' : undefined;
}
