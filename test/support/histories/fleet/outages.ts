/** Why a step fails although its plan is right: a host, a container or the way to it does not work at that time. */
import type { ProbeTarget, Step } from '../../../../src/model/plan.ts';
import type { FaultyFleet } from './fleet.ts';
import { viewsOf } from './views.ts';

/** The reason in words; undefined when nothing stands in the step's way. */
export function outageOf(step: Step, fleet: FaultyFleet, app: string): string | undefined {
  const { action, host } = step;
  if (fleet.standing(host) !== 'up') return `${host} does not answer`;
  if (action.kind === 'health') return firstOf(action.replicas.map((name) => illness(fleet, host, name)));
  if (action.kind === 'probe') return firstOf(targetsOf(step).map((target) => silence(fleet, host, target)));
  if (action.kind === 'verify') return firstOf(targetsOf(step).map((target) => nobody(fleet, { host, app }, target)));
  return undefined;
}

function targetsOf({ commands }: Step): readonly ProbeTarget[] {
  return commands.flatMap((command) => (command.kind === 'probe' ? command.targets : []));
}

function firstOf(reasons: readonly (string | undefined)[]): string | undefined {
  return reasons.find((reason) => reason !== undefined);
}

/** A container that never was is the plan's mistake; one that fell or is ill is not. */
function illness(fleet: FaultyFleet, host: string, name: string): string | undefined {
  const container = fleet.machine(host).containers.get(name);
  if (container === undefined) return undefined;
  const ill = fleet.ills.get(`${host}/${name}`);
  if (ill === 'crashing' || ill === 'ending') return `${name} has ended`;
  const isChecked = container.health !== 'none';
  const isFailing = ill !== undefined || fleet.illServices.has(container.service);
  return isChecked && isFailing ? `${name} is unhealthy` : undefined;
}

function silence(fleet: FaultyFleet, from: string, { address, port, name }: ProbeTarget): string | undefined {
  for (const [host, machine] of fleet.machines) {
    if (machine.address !== address) continue;
    if (!fleet.links(from, host)) return `${name} can not be reached from ${from}`;
    const container = [...machine.containers.values()].find(
      ({ state, ports }) => state !== 'exited' && ports.some(({ hostPort }) => hostPort === port),
    );
    if (container !== undefined && !fleet.answers(host, container)) return `${name} does not answer`;
  }
  return undefined;
}

/** What the edge is asked for is led to the service whose name the host name begins with. */
function nobody(
  fleet: FaultyFleet,
  { host, app }: { readonly host: string; readonly app: string },
  { name, http }: ProbeTarget,
): string | undefined {
  const service = http?.host?.split('.')[0];
  const views = [...viewsOf(fleet, app).values()].filter((view) => view.router === host && view.service === service);
  return views.some(({ answering }) => answering.length > 0) ? undefined : `${name}: 502 from ${host}`;
}
