/** Runs all cases in this process, one after the other, and prints what each said, took and cost. A child of the test. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../../src/cli/index.ts';
import { realStages } from '../../../../src/wiring.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeTerminal } from '../../../support/terminal.ts';
import { type Case, groups, layOut, readCases } from './case.ts';

/** Variables that cases may use; the value of PW must never be said. */
const ENV = { VERSION: '1', EMPTY: '', PW: 'sentinel-7f3a' };

interface Ran {
  readonly said: string;
  readonly wallMs: number;
  /** Time of this process on a processor, whatever else the machine does. */
  readonly cpuMs: number;
}

async function run(one: Case): Promise<Ran> {
  const root = mkdtempSync(join(tmpdir(), 'fleet-corpus-'));
  const folder = join(root, 'project');
  mkdirSync(folder);
  layOut(folder, one);
  // A process has one working folder, and files are named from there: that is why this is not done in the test's own.
  process.chdir(folder);
  const terminal = fakeTerminal(one.args, { env: ENV, cwd: folder, home: join(root, 'home') });
  const stages = realStages({
    env: ENV,
    home: join(root, 'home'),
    pid: 1,
    isAlive: () => true,
    clock: new FakeClock(),
  });
  const start = performance.now();
  const before = process.cpuUsage();
  const code = await runCli(terminal, stages);
  const wallMs = Math.round(performance.now() - start);
  const { user, system } = process.cpuUsage(before);
  const cpuMs = Math.round((user + system) / 1000);
  process.chdir('/');
  rmSync(root, { recursive: true });
  const said = terminal.err().replaceAll(`${root}/`, 'ROOT/').trimEnd();
  return { said: code === 2 ? abridged(said) : `exit code ${code}\n${abridged(said)}`.trimEnd(), wallMs, cpuMs };
}

/** Of very many problems the first two, the last one and how many there are between them. */
function abridged(said: string): string {
  const blocks = said.split('\n\n');
  if (blocks.length <= 20) return said;
  return [...blocks.slice(0, 2), `[${blocks.length - 4} more]`, ...blocks.slice(-2)].join('\n\n');
}

const only = process.argv[2];
for (const group of groups()) {
  for (const one of readCases(group)) {
    if (only !== undefined && !`${group}: ${one.title}`.includes(only)) continue;
    process.stderr.write(`${group}: ${one.title}\n`);
    // What earlier cases left behind is not this one's.
    globalThis.gc?.();
    const ran = await run(one);
    const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
    const line = { group, title: one.title, ...ran, peakMiB };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
