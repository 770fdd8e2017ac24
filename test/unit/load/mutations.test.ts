/** Damaged files of valid projects: an error that says where, or a plan; no crash, no hang. FLEET_RUNS=20000 tries more. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assumeEmpty, compile } from '../../../src/compile/index.ts';
import { loadPlaybook } from '../../../src/load/index.ts';
import { type FleetError, FleetErrors } from '../../../src/model/error.ts';
import { formatPlan } from '../../../src/report/index.ts';
import { PLAIN } from '../../../src/report/palette.ts';
import { inventoryFrom, memoryOf } from './support/memory.ts';
import { type Mutation, mutation } from './support/mutations.ts';
import { type ProjectFiles, validProjects } from './support/projects.ts';

const RUNS = Number(process.env.FLEET_RUNS ?? 200);
/** For one damaged project, on a machine that is busy with other things; usual are a few milliseconds. */
const LIMIT_MS = 5000;
const WRONG_WORDS = /\bundefined\b|\[object |\bNaN\b/;
const HOSTS = `hosts:
  edge1: { address: 10.0.0.1, roles: [edge, worker], labels: { zone: a } }
  vm[2:4]: { address: "10.0.0.[2:4]", labels: { zone: b } }
`;

const inventory = await inventoryFrom(HOSTS);
const ends = { refused: 0, planned: 0, unplaceable: 0 };
let slowest = 0;

/** A project with damage in one of its files; prints that file when a property fails. */
class Damaged implements ProjectFiles {
  readonly files: ProjectFiles['files'];
  readonly names: ProjectFiles['names'];
  readonly env: ProjectFiles['env'];
  readonly #shown: string;

  constructor(project: ProjectFiles, which: number, mutations: readonly Mutation[]) {
    const names = Object.keys(project.files).filter((name) => !project.kept.includes(name));
    const name = names[which % names.length] ?? '';
    const text = mutations.reduce((before, mutate) => mutate(before), project.files[name] ?? '');
    this.files = { ...project.files, [name]: text };
    this.names = project.names;
    this.env = project.env;
    this.kept = project.kept;
    this.#shown = `${name}\n${text}`;
  }

  readonly kept: ProjectFiles['kept'];

  [fc.toStringMethod](): string {
    return this.#shown;
  }
}

/** Every way that it may end: refused with places, planned, or a world in which it can not be. */
async function end({ files, names, env }: ProjectFiles): Promise<keyof typeof ends> {
  let loaded: Awaited<ReturnType<typeof loadPlaybook>>;
  try {
    loaded = await loadPlaybook({ files: names, env, projectDir: '/project', readFile: memoryOf(files) });
  } catch (error) {
    if (!(error instanceof FleetErrors)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) checkProblem(problem, files);
    return 'refused';
  }
  const { playbook } = loaded;
  const question = {
    inventory,
    playbook,
    observed: { hosts: assumeEmpty(inventory), images: {} },
    intent: { kind: 'deploy', services: [] },
  } as const;
  const compiled = compile(question);
  if (compiled.ok) {
    expect(formatPlan(compiled.plan, { palette: PLAIN, detail: 'full' })).not.toMatch(/\[object |\bNaN\b/);
    return 'planned';
  }
  for (const problem of compiled.problems) checkProblem(problem, files);
  return 'unplaceable';
}

function checkProblem(problem: FleetError, files: ProjectFiles['files']): void {
  const said = [problem.message, problem.expected ?? '', problem.hint ?? '', ...problem.notes].join('\n');
  const all = Object.values(files).join('\n');
  if (!WRONG_WORDS.test(all)) expect(said).not.toMatch(WRONG_WORDS);
  expect(problem.code).toMatch(/^E_[A-Z_]+$/);
  for (const location of [problem.location, ...problem.related.map((one) => one.location)]) {
    if (location === undefined) continue;
    const text = files[location.file] ?? files[`/project/${location.file}`];
    expect(text, `${problem.message} is located in ${location.file}`).toBeDefined();
    const lines = (text ?? '').split(/\r?\n/);
    expect(location.line).toBeGreaterThanOrEqual(1);
    expect(location.line, problem.message).toBeLessThanOrEqual(lines.length);
    expect(location.column).toBeGreaterThanOrEqual(1);
    expect(location.column, problem.message).toBeLessThanOrEqual((lines[location.line - 1] ?? '').length + 1);
  }
  // Only a file that could not be read, or what concerns no single place, has none.
  if (problem.location === undefined)
    expect(`${problem.code} ${problem.message}`).toMatch(/^E_(FILE|YAML|VALUE|CLASH) /);
}

/** Those that mount files of another machine, or hold what fleet refuses, are damaged already. */
const projects: readonly ProjectFiles[] = await Promise.all(
  validProjects().map(async (project) => ((await end(project)) === 'refused' ? [] : [project])),
).then((all) => all.flat());

test('the projects to begin from are many', () => {
  expect(projects.length).toBeGreaterThan(55);
});

test(
  `a damaged project is refused with places, or has a plan (${RUNS} times)`,
  async () => {
    const damage = fc.array(mutation, { minLength: 1, maxLength: 3 });
    const damaged = fc
      .tuple(fc.constantFrom(...projects), fc.nat(), damage)
      .map(([project, which, mutations]) => new Damaged(project, which, mutations));
    const property = fc.asyncProperty(damaged, async (project) => {
      const start = performance.now();
      ends[await end(project)] += 1;
      const ms = performance.now() - start;
      slowest = Math.max(slowest, ms);
      expect(ms).toBeLessThan(LIMIT_MS);
    });
    await fc.assert(property, { numRuns: RUNS });
    if (process.env.FLEET_RUNS !== undefined) process.stderr.write(`${JSON.stringify({ ends, slowest })}\n`);
    expect(ends.refused).toBeGreaterThan(RUNS / 10);
    expect(ends.planned).toBeGreaterThan(RUNS / 20);
  },
  Math.max(60_000, RUNS * 200),
);
