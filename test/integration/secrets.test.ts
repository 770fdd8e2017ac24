/** A secret goes from its source into the container's file, and shows nowhere else. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootExec } from '../../src/lab/index.ts';
import { fleetOk } from '../support/real/fleet.ts';
import { containers, LAB_NAME, theLab } from '../support/real/lab.ts';

const SENTINELS = ['file', 'variable', 'command'].map((from) => `sentinel-${from}-${randomBytes(9).toString('hex')}`);
const [fromFile = '', fromVariable = '', fromCommand = ''] = SENTINELS;

const env = { SENTINEL: fromVariable };

let folder = '';
let files: readonly string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-secrets-'));
  writeFileSync(join(folder, 'secret.txt'), fromFile);
  writeFileSync(join(folder, 'print-it'), fromCommand);
  const playbook = join(folder, 'secrets.json');
  writeFileSync(
    playbook,
    JSON.stringify({
      name: 'sentinel',
      services: {
        keeper: {
          image: 'busybox:1',
          command: ['sleep', '86400'],
          stop_signal: 'SIGKILL',
          secrets: ['a', 'b', 'c'],
          deploy: { replicas: 3 },
        },
        once: {
          image: 'busybox:1',
          command: ['sh', '-c', 'wc -c /run/secrets/a'],
          secrets: ['a'],
          'x-fleet': { job: 'pre-deploy' },
        },
      },
      secrets: {
        a: { file: './secret.txt' },
        b: { environment: 'SENTINEL' },
        c: { 'x-fleet': { command: ['cat', join(folder, 'print-it')] } },
      },
    }),
  );
  files = ['--inventory', theLab().inventory, '--file', playbook];
});
afterAll(async () => {
  await fleetOk(['remove', '--yes', ...files], { env });
  rmSync(folder, { recursive: true, force: true });
});

test('a secret shows in no output, plan, command line, host file or docker inspect, and is in its container', async () => {
  const saved = join(folder, 'next.plan.json');
  const world = join(folder, 'world.json');
  const watch = watchCommandLines();
  const runs = [
    await fleetOk(['plan', '-v', ...files], { env }),
    await fleetOk(['plan', '--format', 'json', ...files], { env }),
    await fleetOk(['plan', '--format', 'markdown', ...files], { env }),
    await fleetOk(['plan', '-o', saved, ...files], { env }),
    await fleetOk(['deploy', '--yes', '--json', '-v', ...files], { env }),
    await fleetOk(['observe', '-o', world, ...files], { env }),
    await fleetOk(['status', '--json', ...files], { env }),
  ];
  const said = [
    ...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    readFileSync(saved, 'utf8'),
    readFileSync(world, 'utf8'),
  ];
  expect(said.filter(hasSentinel)).toEqual([]);
  expect(watch.stop()).toEqual([]);
  expect(watch.looks()).toBeGreaterThan(50);
  for (const { name } of theLab().hosts) expect(await tracesOn(name)).toBe('');
  await expectInside();
});

function hasSentinel(text: string): boolean {
  return SENTINELS.some((sentinel) => text.includes(sentinel));
}

/** Each replica has each secret in its file. */
async function expectInside(): Promise<void> {
  const replicas = (await containers()).filter(({ name }) => name.includes('.keeper.'));
  expect(replicas).toHaveLength(3);
  for (const { host, name } of replicas) {
    const argv = ['docker', 'exec', name, 'cat', '/run/secrets/a', '/run/secrets/b', '/run/secrets/c'];
    expect((await rootExec(host, argv, { labName: LAB_NAME })).stdout).toBe(SENTINELS.join(''));
  }
}

/** Looks at every command line of this machine again and again; the processes of the practice hosts are among them. */
function watchCommandLines(): { readonly stop: () => readonly string[]; readonly looks: () => number } {
  const found = new Set<string>();
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const commandLine = readCommandLine(id);
      if (hasSentinel(commandLine)) found.add(commandLine.replaceAll('\0', ' '));
    }
  }, 10);
  return {
    stop: () => {
      clearInterval(timer);
      return [...found];
    },
    looks: () => looks,
  };
}

function readCommandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Files of the host outside Docker's own folder, its logs, and all that docker tells: where a sentinel stands in them. */
async function tracesOn(host: string): Promise<string> {
  const script = `patterns=$(cat)
    look() { printf '%s\\n' "$patterns" | grep -F -f - "$@"; }
    ids=$(docker ps -aq)
    [ -z "$ids" ] || docker inspect $ids | look
    docker image inspect $(docker images -q) | look
    look -rl --exclude-dir=docker /home/deploy /tmp /run /var/log /var/tmp /etc 2>/dev/null`;
  const { stdout } = await rootExec(host, ['sh', '-c', script], {
    labName: LAB_NAME,
    input: `${SENTINELS.join('\n')}\n`,
  });
  return stdout;
}
