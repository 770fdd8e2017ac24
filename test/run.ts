/** Runs every check and every test, one stage after the other, and sums them up in one line. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Stage {
  readonly name: string;
  readonly argv: readonly string[];
  /** A vitest project, whose tests are counted one by one; else the stage counts as one check. */
  readonly project?: 'unit' | 'integration';
  readonly limitMs: number;
}

const MINUTE_MS = 60_000;
const vitest = (project: 'unit' | 'integration', limitMs: number): Stage => ({
  name: `${project} tests`,
  argv: ['npx', '--no-install', 'vitest', 'run', '--config', 'test/vitest.config.ts', '--project', project],
  project,
  limitMs,
});
const check = (name: string, ...argv: readonly string[]): Stage => ({ name, argv, limitMs: 5 * MINUTE_MS });

// The quick ones all run, whatever the others say; the slow ones only when all is well so far.
const quick = [
  check('format and lint', 'npx', '--no-install', 'biome', 'check', '.'),
  check('types', 'npx', '--no-install', 'tsc', '-p', 'test'),
  check('unused code', 'npx', '--no-install', 'knip'),
  vitest('unit', 10 * MINUTE_MS),
  check('build', 'npm', 'run', '--silent', 'build'),
];
const slow = vitest('integration', 50 * MINUTE_MS);

const reports = mkdtempSync(join(tmpdir(), 'fleet-test-'));
const startedAt = performance.now();
const results: Counts[] = [];
for (const stage of quick) results.push(await run(stage));
const missing = missingForIntegration();
const failedSoFar = sum(results).failed > 0;
if (missing !== undefined) results.push(skipIntegration(missing));
else if (failedSoFar) results.push(skipIntegration('something before them failed'));
else results.push(await run(slow));
rmSync(reports, { recursive: true, force: true });

const total = sum(results);
const seconds = Math.round((performance.now() - startedAt) / 1_000);
say(`\nall stages took ${seconds} s`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || total.skipped > 0 ? 1 : 0;

async function run(stage: Stage): Promise<Counts> {
  say(`\n== ${stage.name}`);
  const report = join(reports, `${stage.project ?? 'check'}.json`);
  const reporters =
    stage.project === undefined ? [] : ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const before = performance.now();
  const code = await execute([...stage.argv, ...reporters], stage.limitMs);
  const counts = stage.project === undefined ? countCheck(code) : countTests(report, code);
  const seconds = ((performance.now() - before) / 1_000).toFixed(1);
  const outcome = counts.failed === 0 ? 'good' : `FAILED: ${stage.argv.join(' ')}`;
  say(`== ${stage.name}: ${outcome} (${seconds} s)`);
  return counts;
}

/** Runs it in front of the user; past its limit it is ended. Resolves with its exit code. */
function execute(argv: readonly string[], limitMs: number): Promise<number> {
  const [program = 'false', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const timer = setTimeout(() => {
      say(`it took longer than ${limitMs / MINUTE_MS} minutes: ended`);
      child.kill('SIGTERM');
    }, limitMs);
    child.once('error', (error) => {
      say(error.message);
      resolve(127);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

function countCheck(code: number): Counts {
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** From vitest's own report. A run that failed without a failed test (a hook, a file that does not load) is one failure. */
function countTests(report: string, code: number): Counts {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    const passed = json.numPassedTests ?? 0;
    const failed = json.numFailedTests ?? 0;
    const skipped = (json.numPendingTests ?? 0) + (json.numTodoTests ?? 0);
    return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** What practice hosts need and this machine does not have. */
function missingForIntegration(): string | undefined {
  if (process.platform !== 'linux') return `they need Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'they make practice hosts, which needs root: sudo npm test';
  return undefined;
}

/** Counts the tests that can not be run, so that nobody takes their absence for success. */
function skipIntegration(why: string): Counts {
  const argv = [
    '--no-install',
    'vitest',
    'list',
    '--config',
    'test/vitest.config.ts',
    '--project',
    'integration',
    '--json',
  ];
  const listed = spawnSync('npx', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  let skipped = 1;
  try {
    skipped = (JSON.parse(listed.stdout) as unknown[]).length;
  } catch {
    // At least one stands for all of them.
  }
  say(`\n== integration tests: SKIPPED, ${why}`);
  return { passed: 0, failed: 0, skipped: Math.max(skipped, 1) };
}

function sum(all: readonly Counts[]): Counts {
  const add = (key: keyof Counts) => all.reduce((total, one) => total + one[key], 0);
  return { passed: add('passed'), failed: add('failed'), skipped: add('skipped') };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
