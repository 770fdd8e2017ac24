/** The parts of a plan put together: with the files that its steps carry, and its digest. */
import type { Intent, Plan, Step } from '../model/plan.ts';
import type { ReleaseBody } from '../model/release.ts';
import { keepersOf, type PlanParts } from './context.ts';
import type { World } from './desire/world.ts';
import { planDigest } from './digest.ts';
import { carriedIn } from './sequence/carry.ts';

/** The plan. */
export function finish(world: World, intent: Intent, parts: PlanParts): Plan {
  const keepers = keepersOf(world.inventory).map(({ name }) => name);
  const used = usedFiles(parts.steps);
  const files = Object.fromEntries(
    Object.entries(parts.files)
      .filter(([key]) => used.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const { room, warnings, carried, body: recorded, ...rest } = parts;
  const body = {
    version: 1 as const,
    app: world.playbook.app,
    fleet: world.inventory.name,
    intent,
    hosts: world.up.length,
    edges: world.up.filter(({ roles }) => roles.includes('edge')).length,
    keepers,
    ...rest,
    files,
  };
  // Steps name what is carried by its digest, and records name the playbook by its own.
  const laid = carriedIn(parts.steps, carried);
  const digest = planDigest(body);
  if (recorded === undefined || !parts.steps.some(recordsBody))
    return { ...body, digest, carried: laid, room, warnings };
  return { ...body, digest, carried: { ...laid, ...carried }, body: withoutCarried(recorded), room, warnings };
}

/** What is carried stands in the plan once; the executor puts it back. */
function withoutCarried(body: ReleaseBody): ReleaseBody {
  const names = Object.keys(body.playbook.carried).sort();
  return { ...body, playbook: { ...body.playbook, carried: Object.fromEntries(names.map((name) => [name, []])) } };
}

function recordsBody({ commands }: Step): boolean {
  return commands.some((command) => command.kind === 'run' && command.stdin?.kind === 'body');
}

function usedFiles(steps: readonly Step[]): Set<string> {
  const used = new Set<string>();
  for (const { commands } of steps) {
    for (const command of commands) {
      if (command.kind !== 'run' || command.stdin?.kind !== 'archive') continue;
      for (const { content } of command.stdin.entries) if (content.kind === 'file') used.add(content.digest);
    }
  }
  return used;
}
