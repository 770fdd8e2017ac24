/** What a fleet looks like after a deploy, told without what may differ: names, hosts and host ports of replicas. */
import type { RouterState } from '../../../src/model/observed.ts';
import type { Machine } from './machine.ts';
import type { Simulator } from './simulator.ts';

/** Services with spec, count and state; what each host's router says; networks that stay. All sorted. */
export function endState(fleet: Simulator, app: string): unknown {
  const machines = [...fleet.machines];
  const containers = machines.flatMap(([, machine]) =>
    [...machine.containers.values()].filter((one) => one.app === app),
  );
  return {
    containers: containers.map(({ service, spec, state, kind }) => `${kind} ${service} ${spec} ${state}`).sort(),
    routers: machines.map(([host, { isSilent }]) => [host, isSilent ? 'silent' : routerWords(fleet.loaded(host, app))]),
    specs: machines.map(([host, machine]) => [host, machine.releases.get(app)?.at(-1)?.specs]),
    // Of carried files, what nobody mounts: there must be none.
    carried: machines.flatMap(([host, machine]) => unmounted(host, machine)),
    volumes: [...new Set(machines.flatMap(([, machine]) => [...machine.volumes]))].sort(),
  };
}

function routerWords(state: RouterState | undefined): unknown {
  if (state === undefined) return 'none';
  const services = Object.entries(state.services).map(([name, { vip, subnet, upstreams, claims, early }]) => {
    return `${name} ${vip} ${subnet} ${upstreams.length} ${claims} ${early ?? ''}`;
  });
  const texts = Object.entries(state.files).map(([file, text]) => `${file}\n${withoutNames(text, state.generation)}`);
  return [...services.sort(), ...texts.sort()];
}

function withoutNames(text: string, generation: string): string {
  return text.replaceAll(/server \S+ max_fails.*/g, 'server').replaceAll(generation, 'GENERATION');
}

function unmounted(host: string, { isSilent, carried, containers }: Machine): string[] {
  const mounted = new Set([...containers.values()].flatMap((one) => one.carried.map((name) => `${one.app}/${name}`)));
  return isSilent ? [] : [...carried].filter((key) => !mounted.has(key)).map((key) => `${host} ${key}`);
}
