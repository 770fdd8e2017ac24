/** A case's project as docker compose and as fleet print it, in a folder of its own; paths in it begin with /case. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/index.ts';
import { realStages } from '../../../src/wiring.ts';
import { FakeClock } from '../fake-clock.ts';
import { fakeTerminal } from '../terminal.ts';
import { type ComposeCase, layOut } from './cases.ts';

const HOME = '/home/ann';

/** What the program of Docker Compose prints. Throws with what it says when it refuses the files. */
export function composeConfig(one: ComposeCase, program: string): unknown {
  return inFolder(one, (folder) =>
    execFileSync(program, [...argsOf(one), 'config', '--format', 'json'], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME, ...one.env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** What `fleet config` prints, by its real command line and stages. */
export async function fleetConfig(one: ComposeCase): Promise<unknown> {
  const folder = caseFolder(one);
  const before = process.cwd();
  try {
    process.chdir(folder);
    const args = [...argsOf(one), 'config', '--format', 'json', '--show-secrets'];
    const terminal = { ...fakeTerminal(args), env: one.env, home: HOME, cwd: folder };
    const around = { env: one.env, home: HOME, pid: process.pid, isAlive: () => false, clock: new FakeClock() };
    const code = await runCli(terminal, realStages(around));
    if (code !== 0) throw new Error(terminal.err());
    return placed(terminal.out(), folder);
  } finally {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

/** The app's name in both is that of the file, or "case": where neither says one they go by different things. */
function argsOf({ args, env, files }: ComposeCase): readonly string[] {
  const isNamed =
    args.includes('-p') ||
    env.COMPOSE_PROJECT_NAME !== undefined ||
    Object.values(files).some((text) => /^name:/m.test(text));
  return isNamed ? args : ['-p', 'case', ...args];
}

function inFolder(one: ComposeCase, work: (folder: string) => string): unknown {
  const folder = caseFolder(one);
  try {
    return placed(work(folder), folder);
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
}

/** Deep enough that a path above it is still of this case. */
function caseFolder(one: ComposeCase): string {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'fleet-compose-'))), 'case');
  layOut(one, folder);
  return folder;
}

function placed(text: string, folder: string): unknown {
  return JSON.parse(text.replaceAll(folder, '/case').replaceAll(folder.replace(/\/case$/, ''), ''));
}
