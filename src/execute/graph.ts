/** The order of work: which step waits for which, checked once, then walked as fast as the needs allow. */
import { FleetError } from '../model/error.ts';
import type { Step } from '../model/plan.ts';

/** Id -> ids that it waits for, in the order in which free ones begin. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** The steps' needs as a graph in plan order. Throws FleetError E_VALUE for a doubled or unknown id, or a circle. */
export function graphOf(steps: readonly Step[]): Graph {
  const graph = new Map<string, readonly string[]>();
  for (const step of steps) {
    if (graph.has(step.id)) throw brokenPlan(`two steps are called "${step.id}"`);
    graph.set(step.id, [...new Set(step.needs)]);
  }
  for (const [id, needs] of graph) {
    const unknown = needs.find((need) => !graph.has(need));
    if (unknown !== undefined) throw brokenPlan(`"${id}" needs "${unknown}", which is not in the plan`);
  }
  refuseCircle(graph);
  return graph;
}

/** The same nodes turned round, those in `only` alone: each waits for those that needed it, last ones first. */
export function reversed(graph: Graph, only: ReadonlySet<string>): Graph {
  const neededBy = inverted(graph);
  const ids = [...graph.keys()].filter((id) => only.has(id)).reverse();
  return new Map(ids.map((id) => [id, (neededBy.get(id) ?? []).filter((needer) => only.has(needer))]));
}

/**
 * Works on each id as soon as all that it waits for have answered true; an answer of false holds back all that wait
 * for it. Resolves when nothing is in work any more. `work` must not reject.
 */
export async function walk(graph: Graph, work: (id: string) => Promise<boolean>): Promise<void> {
  const neededBy = inverted(graph);
  const waiting = new Map([...graph].map(([id, needs]) => [id, needs.length]));
  const isFree = (id: string): boolean => {
    const left = (waiting.get(id) ?? 0) - 1;
    waiting.set(id, left);
    return left === 0;
  };
  const visit = async (id: string): Promise<void> => {
    if (!(await work(id))) return;
    await Promise.all((neededBy.get(id) ?? []).filter(isFree).map(visit));
  };
  const roots = [...graph].filter(([, needs]) => needs.length === 0).map(([id]) => id);
  await Promise.all(roots.map(visit));
}

function inverted(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const neededBy = new Map<string, string[]>([...graph.keys()].map((id) => [id, []]));
  for (const [id, needs] of graph) for (const need of needs) neededBy.get(need)?.push(id);
  return neededBy;
}

/** Takes away what waits for nothing until all is gone (Kahn); what can not be taken away goes round in a circle. */
function refuseCircle(graph: Graph): void {
  const neededBy = inverted(graph);
  const waiting = new Map([...graph].map(([id, needs]) => [id, needs.length]));
  const free = [...graph].filter(([, needs]) => needs.length === 0).map(([id]) => id);
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    waiting.delete(id);
    for (const needer of neededBy.get(id) ?? []) {
      const left = (waiting.get(needer) ?? 0) - 1;
      waiting.set(needer, left);
      if (left === 0) free.push(needer);
    }
  }
  if (waiting.size > 0) throw brokenPlan(`its steps wait for each other: ${[...waiting.keys()].join(', ')}`);
}

function brokenPlan(why: string): FleetError {
  return new FleetError('E_VALUE', `the plan can not be carried out: ${why}`, {
    hint: 'make it again: fleet plan -o FILE',
  });
}
