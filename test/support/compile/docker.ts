/** What Docker does on a simulated machine with the words of a command: throws where it would refuse. */
import { LABEL } from '../../../src/model/labels.ts';
import type { Container } from '../../../src/model/observed.ts';
import { containerOf, labelsOf } from './created.ts';
import { currentOf, hasImage, type Machine, need } from './machine.ts';

/** `docker network create`. */
export function createNetwork(machine: Machine, words: readonly string[]): void {
  const subnet = words[words.indexOf('--subnet') + 1] ?? '';
  const name = words.at(-1) ?? '';
  need(!machine.networks.has(name), `network with name ${name} already exists`);
  for (const [other, taken] of machine.networks)
    need(taken !== subnet, `${name}: ${subnet} overlaps with network ${other}`);
  machine.networks.set(name, subnet);
}

/** `docker run` of the router: nginx reads what lies there. */
export function runRouter(machine: Machine, words: readonly string[]): void {
  const image = words.at(-2) ?? '';
  need(hasImage(machine, image), `no image ${image} for the router`);
  const spec = labelsOf(words).get(LABEL.spec) ?? '';
  machine.router = { running: true, spec, image };
  for (const kind of ['http', 'stream'] as const) machine.loaded[kind] = currentOf(machine);
}

/** Name that the words of `docker run` or `docker create` give. */
export function nameOf(words: readonly string[]): string {
  return words[words.indexOf('--name') + 1] ?? '';
}

/** `docker create`; one of that name and spec that is there stays. */
export function createContainer(machine: Machine, words: readonly string[], state: Container['state']): void {
  const name = nameOf(words);
  const made = containerOf(words);
  const there = machine.containers.get(name);
  if (there !== undefined) {
    need(there.spec === made.spec, `${name} is there with another spec`);
    return;
  }
  const network = words[words.indexOf('--network') + 1] ?? '';
  need(machine.networks.has(network), `${name}: no network ${network}`);
  const image = `${made.image}${made.imageDigest === undefined ? '' : `@${made.imageDigest}`}`;
  need(hasImage(machine, image), `${name}: no image ${image}`);
  for (const volume of made.volumes)
    need(machine.volumes.has(volume), `${name}: volume ${volume} would be made by chance`);
  machine.attached.set(name, network);
  for (const digest of made.carried)
    need(machine.carried.has(`${made.app}/${digest}`), `${name}: bind source path does not exist: ${digest}`);
  machine.containers.set(name, { ...made, state });
}

/** `docker start`; a job has ended by then. `at`: epoch milliseconds. */
export function startContainer(
  machine: Machine,
  name: string,
  { at, isJob }: { readonly at: number; readonly isJob: boolean },
): void {
  if (name === 'fleet-router') {
    if (machine.router !== undefined) machine.router = { ...machine.router, running: true };
    return;
  }
  const container = machine.containers.get(name);
  need(container !== undefined, `no container ${name} to start`);
  const taken = [...machine.containers.values()]
    .filter((other) => other.state === 'running' && other.name !== name)
    .flatMap(({ ports }) => ports.map(({ hostPort }) => hostPort));
  const clash = container.ports.find(({ hostPort }) => taken.includes(hostPort));
  need(clash === undefined, `${name}: port ${clash?.hostPort} is already allocated`);
  const health = container.health === 'none' || isJob ? container.health : 'starting';
  machine.containers.set(name, { ...container, state: isJob ? 'exited' : 'running', health, startedAt: at });
}
