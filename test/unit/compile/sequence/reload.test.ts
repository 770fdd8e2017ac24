/** The line that switches a host, in a real shell with a reload.sh of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { planOf } from '../../../support/compile/deployed.ts';
import { service, world } from '../../../support/compile/worlds.ts';

const TCP = world({ services: [service('db', { ports: ['5432/tcp'] })] });

/** What the reloading part of the first switch ends with, where reload.sh runs this script. */
function reload(script: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-unit-reload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'reload.sh'), script);
  const command = planOf(TCP).steps.find(({ action }) => action.kind === 'switch')?.commands[0];
  const line = command?.kind === 'run' ? command.line : '';
  const { status } = spawnSync('sh', ['-c', line.slice(line.indexOf('{ sh reload.sh'))], {
    cwd: folder,
    timeout: 20_000,
  });
  return status ?? -1;
}

test('both masters reload at the same time: each sees the other one begin', () => {
  const meeting = `touch $1; tries=0
until [ -e http ] && [ -e stream ]; do tries=$((tries + 1)); [ $tries -lt 100 ] || exit 1; sleep 0.05; done`;
  expect(reload(meeting)).toBe(0);
});

test.each(['http', 'stream'])(
  'a switch fails where %s does not take the new files, whichever is done first',
  (kind) => {
    expect(reload(`[ $1 != ${kind} ]`)).not.toBe(0);
    expect(reload(`[ $1 != ${kind} ] || { sleep 0.1; exit 1; }`)).not.toBe(0);
  },
);
