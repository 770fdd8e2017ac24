/** What goes wrong with hosts and containers by itself or by hand, and what gets well again. */
import type { Container } from '../../../../src/model/observed.ts';
import type { HappeningKind } from '../history.ts';
import type { FaultyFleet, Ill, Standing } from './fleet.ts';
import { fileEdited, recordsLost, routerRemoved, routerStopped } from './router-faults.ts';

/** Two numbers that choose among what is there. */
export type Choice = readonly [number, number];

/** Lets it happen and tells it in a sentence. Undefined for what is no fault. */
export function fault(fleet: FaultyFleet, kind: HappeningKind, choice: Choice): string | undefined {
  fleet.changes++;
  switch (kind) {
    case 'power is lost':
      return fallen(fleet, 'off', choice);
    case 'cut off':
      return fallen(fleet, 'cut-off', choice);
    case 'parted':
      return fallen(fleet, 'parted', choice);
    case 'Docker is lost':
      return fallen(fleet, 'no-docker', choice);
    case 'most are cut off':
      return mostCutOff(fleet);
    case 'mended':
      return mended(fleet, choice);
    case 'container ends':
      return onContainer(fleet, choice, ended);
    case 'container is restarted':
      return onContainer(fleet, choice, restarted);
    case 'container is removed':
      return onContainer(fleet, choice, removed);
    case 'container fails its check':
      return onContainer(fleet, choice, fallIll('unhealthy'));
    case 'container hangs':
      return onContainer(fleet, choice, fallIll('hung'));
    case 'container crashes again and again':
      return onContainer(fleet, choice, fallIll('crashing'));
    case 'container ends after each start':
      return onContainer(fleet, choice, fallIll('ending'));
    case 'service fails its check':
      return onContainer(fleet, choice, serviceFails);
    case 'ills are over':
      return illsOver(fleet);
    case 'router is removed':
      return routerRemoved(fleet, choice);
    case 'router is stopped':
      return routerStopped(fleet, choice);
    case 'router file is edited':
      return fileEdited(fleet, choice);
    case 'records are lost':
      return recordsLost(fleet, choice);
    default:
      return undefined;
  }
}

function fallen(fleet: FaultyFleet, standing: Standing, [a]: Choice): string {
  const up = fleet.hostsThatAre('up');
  const host = up[a % up.length];
  if (host === undefined) return 'no host is left that could fall';
  fleet.stand(host, standing);
  return `${host} is ${standing}`;
}

/** So many that the watcher sees fewer than half. */
function mostCutOff(fleet: FaultyFleet): string {
  const up = fleet.hostsThatAre('up');
  const hosts = up.slice(0, Math.max(0, up.length - Math.ceil(fleet.machines.size / 2) + 1));
  for (const host of hosts) fleet.stand(host, 'cut-off');
  return `${hosts.join(', ')} are cut-off`;
}

/** One host is well again, or all that were cut off. */
function mended(fleet: FaultyFleet, [a, b]: Choice): string {
  const down = fleet.hostsThatAre('off', 'cut-off', 'parted', 'no-docker');
  const cut = fleet.hostsThatAre('cut-off', 'parted');
  const one = down[a % Math.max(1, down.length)];
  const hosts = b % 3 === 0 && cut.length > 0 ? cut : one === undefined ? [] : [one];
  for (const host of hosts) fleet.stand(host, 'up');
  return hosts.length === 0 ? 'all hosts are up' : `${hosts.join(', ')}: up again`;
}

/** A container on a host that has power. */
interface Found {
  readonly host: string;
  readonly container: Container;
}

function onContainer(fleet: FaultyFleet, [a]: Choice, act: (fleet: FaultyFleet, found: Found) => string): string {
  const all = [...fleet.machines]
    .filter(([host]) => fleet.standing(host) !== 'off')
    .flatMap(([host, { containers }]) => [...containers.values()].map((container) => ({ host, container })))
    .filter(({ container }) => container.state === 'running');
  const found = all[a % Math.max(1, all.length)];
  return found === undefined ? 'no container runs' : act(fleet, found);
}

function ended(fleet: FaultyFleet, { host, container: { name } }: Found): string {
  fleet.change(host, name, { state: 'exited', exitCode: 137 });
  return `${name}@${host} ended`;
}

function restarted(fleet: FaultyFleet, { host, container: { name, restarts, health } }: Found): string {
  const starting = health === 'none' ? health : 'starting';
  fleet.change(host, name, { restarts: restarts + 1, startedAt: fleet.now, health: starting });
  return `${name}@${host} was restarted by Docker`;
}

function removed(fleet: FaultyFleet, { host, container: { name } }: Found): string {
  fleet.machine(host).containers.delete(name);
  return `${name}@${host} was removed by hand`;
}

function fallIll(ill: Ill): (fleet: FaultyFleet, found: Found) => string {
  return (fleet, { host, container: { name, health, restarts } }) => {
    if (ill === 'unhealthy' && health === 'none') return `${name}@${host} has no check`;
    fleet.ills.set(`${host}/${name}`, ill);
    if (ill === 'unhealthy') fleet.change(host, name, { health: 'unhealthy' });
    if (ill === 'crashing') fleet.change(host, name, { state: 'restarting', restarts: restarts + 1 });
    if (ill === 'ending') fleet.change(host, name, { state: 'exited', exitCode: 1 });
    return `${name}@${host} is ${ill}`;
  };
}

function serviceFails(fleet: FaultyFleet, { container: { service, health } }: Found): string {
  if (health === 'none') return `${service} has no check`;
  fleet.illServices.add(service);
  fleet.pass(0);
  return `all of ${service} fail their check`;
}

/** Whatever Docker still tries comes up. */
function illsOver(fleet: FaultyFleet): string {
  fleet.ills.clear();
  fleet.illServices.clear();
  for (const [host, { containers }] of fleet.machines) {
    for (const { name, state, health } of containers.values()) {
      if (state !== 'restarting') continue;
      fleet.change(host, name, {
        state: 'running',
        startedAt: fleet.now,
        health: health === 'none' ? health : 'starting',
      });
    }
  }
  return 'all ills are over';
}
