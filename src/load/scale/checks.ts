/** Checks on `x-fleet.scale`: what can not be true together, what no scaling can change, and what should be known of windows. */
import type { FleetErrorDetails } from '../../model/error.ts';
import { type Draft, placeOf, report } from '../playbook/context.ts';
import { isJob, modeOf, replicasOf, reservationOf } from '../service/amounts.ts';
import { servicePorts } from '../service/protocols.ts';
import type { ServiceEntry } from '../service/schema.ts';
import { formatPath, locate, type Path } from '../tree.ts';
import { type ScaleEntry, scaleWindowOf, type WindowEntry } from './policy.ts';

/** Lists every reason why a service can not be scaled as it says. */
export function checkScale(draft: Draft, name: string, entry: ServiceEntry): void {
  const scale = entry['x-fleet']?.scale;
  if (scale === undefined) return;
  const check: Check = { draft, name, entry, scale };
  const reason = unscalable(entry);
  if (reason !== undefined) {
    refuse(check, [], reason.message, { hint: reason.hint });
    return;
  }
  checkContainerName(check);
  checkBounds(check);
  // What could not be read is no reason to say that it is missing.
  if (!draft.broken.has(name)) checkWhole(check);
  for (const [index, one] of (scale.windows ?? []).entries()) checkWindow(check, one, ['windows', index]);
}

interface Check {
  readonly draft: Draft;
  readonly name: string;
  readonly entry: ServiceEntry;
  readonly scale: ScaleEntry;
}

function unscalable(entry: ServiceEntry): { readonly message: string; readonly hint: string } | undefined {
  if (isJob(entry)) return { message: 'a job runs once, it is not scaled', hint: 'remove scale' };
  if (modeOf(entry) === 'global') {
    return { message: 'mode: global is one replica on every host', hint: 'remove scale, or mode: global' };
  }
  const volume = (entry.volumes ?? []).find((mount) => mount.kind === 'volume');
  if (volume?.kind !== 'volume') return undefined;
  return {
    message: `a replica more would begin with an empty volume "${volume.volume}", and one less would leave its data behind`,
    hint: 'remove scale, or keep the data in another service',
  };
}

function checkContainerName(check: Check): void {
  if (check.entry.container_name === undefined) return;
  refuse(check, [], 'several replicas can not have one name', {
    hint: 'remove container_name: other services reach this one by its own name, or by aliases',
    ...pointing(check, ['container_name']),
  });
}

function checkWhole(check: Check): void {
  checkTargets(check);
  const { cpu, requests_per_second: rate, windows = [] } = check.scale;
  for (const [index, one] of windows.entries()) checkTime(check, one, index);
  if (cpu !== undefined || rate !== undefined || windows.length > 0) return;
  refuse(check, [], 'asks for nothing: it has neither a target nor a window', {
    expected: 'cpu, requests_per_second or windows beside it',
    hint: 'fleet scale changes the number of replicas by hand',
  });
}

function checkBounds(check: Check): void {
  const { min = 1, max } = check.scale;
  if (max !== undefined && min > max) {
    refuse(check, ['x-fleet', 'scale', 'min'], 'is more than max', {
      expected: `at most ${max}`,
      ...pointing(check, ['x-fleet', 'scale', 'max']),
    });
    return;
  }
  const said = replicasOf(check.entry);
  if (said === undefined || (said >= min && said <= (max ?? said))) return;
  const path = check.entry.deploy?.replicas === undefined ? ['scale'] : ['deploy', 'replicas'];
  refuse(check, path, 'is outside of what scale allows', {
    expected: max === undefined ? `at least ${min}` : `${min} to ${max}`,
    hint: 'leave it out: the service then begins with min',
    ...pointing(check, ['x-fleet', 'scale']),
  });
}

function checkTargets(check: Check): void {
  const { scale, entry } = check;
  for (const key of ['cpu', 'requests_per_second'] as const) {
    if (scale[key] !== undefined && scale.max === undefined) {
      refuse(check, ['x-fleet', 'scale', key], 'needs max beside it: without it there would be no end', {
        hint: 'add max: as many replicas as the hosts, and what is behind them, can bear',
      });
    }
  }
  if (scale.cpu !== undefined && reservationOf(entry).cpus === 0) {
    refuse(check, ['x-fleet', 'scale', 'cpu'], 'is a share of the reserved cpu, and nothing is reserved', {
      hint: 'add deploy: { resources: { reservations: { cpus: "0.25" } } }',
    });
  }
  const ports = servicePorts(entry);
  const isHttp = entry['x-fleet']?.protocol === 'http' || ports.some(({ protocol }) => protocol === 'http');
  if (scale.requests_per_second !== undefined && ports.length > 0 && !isHttp) {
    refuse(check, ['x-fleet', 'scale', 'requests_per_second'], 'counts HTTP requests, and no port speaks HTTP', {
      hint: 'add x-fleet: { protocol: http }, or scale by cpu',
    });
  }
}

function checkWindow(check: Check, one: WindowEntry, at: Path): void {
  const path = ['x-fleet', 'scale', ...at];
  const { max } = check.scale;
  if (max !== undefined && one.replicas > max) {
    refuse(check, [...path, 'replicas'], 'is more than max', {
      expected: `at most ${max}`,
      ...pointing(check, ['x-fleet', 'scale', 'max']),
    });
  }
  const made = scaleWindowOf(one, check.scale);
  if (made?.kind === 'dates' && made.endAt <= made.startAt) {
    refuse(check, [...path, 'end'], 'is not after start', {
      expected: `later than ${one.start?.replace('T', ' ')}`,
      ...pointing(check, [...path, 'start']),
    });
  }
}

function checkTime(check: Check, one: WindowEntry, index: number): void {
  const missing = missingKey(one);
  if (missing === undefined) return;
  refuse(check, ['x-fleet', 'scale', 'windows', index], missing.message, {
    expected: 'start and end, or cron and duration',
    hint: missing.hint,
  });
}

/** Of the two ways to say a time exactly one, and whole. */
function missingKey(one: WindowEntry): { readonly message: string; readonly hint: string } | undefined {
  const dates = (['start', 'end'] as const).filter((key) => one[key] !== undefined);
  const rule = (['cron', 'duration'] as const).filter((key) => one[key] !== undefined);
  const [first] = dates;
  const [second] = rule;
  if (first !== undefined && second !== undefined) {
    return { message: `has ${first} and ${second}, which say its time in two ways`, hint: `remove one of them` };
  }
  if (first !== undefined && dates.length === 1) {
    const other = first === 'start' ? 'end' : 'start';
    return { message: `has ${first} and no ${other}`, hint: `add ${other}` };
  }
  if (second !== undefined && rule.length === 1) {
    const other = second === 'cron' ? 'duration: 2h' : 'cron: "0 8 * * 1-5"';
    return { message: `has ${second} and no ${other.split(':')[0]}`, hint: `add ${other}` };
  }
  return first === undefined && second === undefined
    ? { message: 'has no time', hint: 'add start and end' }
    : undefined;
}

/** A problem at a path below the service; an empty path is the scale itself. */
function refuse({ draft, name }: Check, path: Path, message: string, details: FleetErrorDetails): void {
  const where = placeOf(draft, name, ...(path.length === 0 ? ['x-fleet', 'scale'] : path));
  report(draft, where, 'E_VALUE', message, details);
}

/** A note that points at another place of the service. */
function pointing({ draft, name }: Check, path: Path): FleetErrorDetails {
  return { related: [{ message: formatPath(path), location: locate(draft.tree, placeOf(draft, name, ...path).path) }] };
}
