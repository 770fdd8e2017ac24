/** Which running containers the routers of their hosts keep from services that they may call. */
import type { Service } from '../../../src/model/playbook.ts';
import type { Machine } from './machine.ts';
import type { Simulator } from './simulator.ts';

/**
 * "HOST/CONTAINER SERVICE" of callers that are refused, sorted. Callers count once they are checked: while they start
 * they may have to try again. A service that no router knows yet refuses nobody.
 */
export function refused(fleet: Simulator, app: string, services: readonly Service[]): string[] {
  const pairs = [...fleet.machines]
    .filter(([, { isSilent }]) => !isSilent)
    .flatMap(([host, machine]) => {
      const state = machine.loaded.http.get(app);
      const files = state?.files ?? {};
      const text = Object.values(files).join('\n');
      const callers = running(machine, app).filter(({ container }) => fleet.checked.has(`${host}/${container}`));
      return callers.flatMap(({ container, service, subnet }) =>
        callees(service, services)
          .filter((callee) => isClosed(text, state?.services[callee]?.vip, subnet))
          .map((callee) => `${host}/${container} ${callee}`),
      );
    });
  return pairs.sort();
}

function running(machine: Machine, app: string): { container: string; service: string; subnet: string }[] {
  return [...machine.containers.values()]
    .filter((one) => one.app === app && one.state === 'running')
    .flatMap(({ name, service }) => {
      const subnet = machine.networks.get(machine.attached.get(name) ?? '');
      return subnet === undefined ? [] : [{ container: name, service, subnet }];
    });
}

function callees(caller: string, services: readonly Service[]): string[] {
  const own = services.find(({ name }) => name === caller)?.networks ?? {};
  return services.filter(({ networks }) => Object.keys(networks).some((one) => one in own)).map(({ name }) => name);
}

function isClosed(text: string, vip: string | undefined, subnet: string): boolean {
  if (vip === undefined) return false;
  const servers = [...text.matchAll(/^ {2}listen ([\d.]+):.*;\n((?: {2}(?:allow|deny) .*;\n)+)/gm)];
  return servers.some(([, at, rules = '']) => at === vip && !rules.includes(`allow ${subnet};`));
}
