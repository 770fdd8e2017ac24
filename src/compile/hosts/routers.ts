/** Routers and edges of a newer image or with newer main files: over all hosts, for all apps, one host after the other. */
import { statusAddress } from '../../model/inventory.ts';
import type { ProbeTarget, Step, Warning } from '../../model/plan.ts';
import type { Site } from '../context.ts';
import { hasImage } from '../desire/images.ts';
import { pulling } from '../sequence/prepare.ts';
import { hasWantedRouter, routerSteps, swapWords } from '../sequence/router.ts';
import { EXPLAIN_ROUTER, idsOf, step } from '../sequence/step.ts';
import { auditSteps, type Fleet, type HostsParts } from './fleet.ts';

/**
 * The steps: hosts that are no edges first, so that an image that does not work is noticed where nobody from outside comes
 * in. A host counts as done when its router answers with the generation of each app that it had before.
 */
export function routerUpgrade(fleet: Fleet): HostsParts {
  const steps: Step[] = [];
  const changed: Site[] = [];
  let before: readonly string[] = [];
  for (const site of [...fleet.sites].sort((a, b) => Number(isEdge(a)) - Number(isEdge(b)))) {
    const pulls = pullsFor(fleet, site);
    const own = routerSteps(fleet, { ...site, needs: [...idsOf(pulls), ...before], sameness: 'by-digest' });
    if (own.length === 0) continue;
    const confirm = confirmStep(fleet, site, idsOf(own));
    steps.push(...pulls, ...own, confirm);
    changed.push(site);
    before = [confirm.id];
  }
  if (steps.length === 0) return { steps, warnings: [] };
  const names = changed.map(({ host }) => host.name).join(', ');
  const audit = auditSteps(fleet, 'routers', `${fleet.inventory.network.routerImage} on ${names}`, before);
  return {
    steps: [...steps, ...audit],
    warnings: costs(
      fleet,
      changed.filter((site) => isSwapped(fleet, site)),
    ),
  };
}

function isEdge({ host }: Site): boolean {
  return host.roles.includes('edge');
}

function pullsFor({ inventory, observed }: Fleet, { host, report }: Site): Step[] {
  const image = inventory.network.routerImage;
  const facts = observed.images[image];
  return hasImage(report, image, facts) ? [] : [pulling(image, facts)(host.name)];
}

function confirmStep({ inventory }: Fleet, { host, report }: Site, needs: readonly string[]): Step {
  const address = statusAddress(inventory);
  const apps = Object.values(report.router.apps).sort((a, b) => (a.app < b.app ? -1 : 1));
  const targets = apps.map(({ app, generation }): ProbeTarget => {
    const http = { path: `/generation/${app}`, tls: false, status: [200, 200] as const, body: generation };
    return { name: `${app} ${generation}`, address, port: 80, http };
  });
  const edge: ProbeTarget[] = host.roles.includes('edge') ? [{ name: 'port 80', address: '127.0.0.1', port: 80 }] : [];
  const all = [...targets, ...edge];
  const limits = { attemptMs: 2000, intervalMs: 200, timeoutMs: 15_000, monitorMs: 0, maxFailureRatio: 0 };
  return step(
    `confirm router@${host.name}`,
    host.name,
    { kind: 'verify', what: [...apps.map(({ app }) => app), ...edge.map(({ name }) => name)] },
    'the next host waits until this one serves',
    {
      needs,
      commands: all.length === 0 ? [] : [{ kind: 'probe', targets: all, ...limits }],
      diagnose: EXPLAIN_ROUTER,
    },
  );
}

/** New main files alone are a reload, and where there was no router nobody has a connection through it. */
function isSwapped(fleet: Fleet, { report }: Site): boolean {
  return report.router.container !== undefined && !hasWantedRouter(fleet, { report, sameness: 'by-digest' });
}

function costs({ inventory }: Fleet, swapped: readonly Site[]): Warning[] {
  if (swapped.length === 0) return [];
  const edges = swapped.filter(isEdge);
  const only = inventory.hosts.filter(({ roles }) => roles.includes('edge')).length === 1 ? edges : [];
  return [
    { code: 'W_ROUTER_RESTART', message: `one host after the other: ${swapWords(inventory)}` },
    ...only.map(({ host }) => ({
      code: 'W_ONLY_EDGE',
      message: `${host.name} is the only edge: a client whose connection is cut has no other one to go to`,
    })),
  ];
}
