import { expect, test } from 'vitest';
import { quietShell, Standings } from '../../../src/watch/quiet-shell.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { NO_DOCKER, SILENT } from '../../support/heal/sights.ts';

function shells() {
  const clock = new FakeClock(0);
  const shell = new FakeShell(clock).on('slow', { takesMs: 10_000, stdout: 'done' });
  const standings = new Standings();
  const patient = quietShell(shell, standings, 'silent');
  return { clock, shell, standings, patient, looking: quietShell(shell, standings, 'not-up') };
}

const LIMIT = { timeoutMs: 20_000 };

test('a host that is known to be silent is not asked, and the error is the one of its pulse', async () => {
  const { shell, standings, patient } = shells();
  standings.set('vm1', SILENT);
  await expect(patient.run('vm1', 'true', LIMIT)).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
  await expect(patient.dial('vm1', '10.0.0.1', 80, 1000)).rejects.toMatchObject({ code: 'E_HOST_UNREACHABLE' });
  expect(shell.lines()).toEqual([]);
});

test('what runs when its host is lost ends at that moment', async () => {
  const { clock, standings, patient } = shells();
  const running = patient.run('vm1', 'slow', LIMIT).catch((error: unknown) => ({ error, at: clock.now() }));
  await clock.sleep(2000);
  standings.set('vm1', SILENT);
  expect(await running).toMatchObject({ error: { code: 'E_HOST_UNREACHABLE' }, at: 2000 });
});

test('a host without Docker is reached by SSH, and is not looked at', async () => {
  const { standings, patient, looking } = shells();
  standings.set('vm1', NO_DOCKER);
  expect(await patient.run('vm1', 'slow', LIMIT)).toMatchObject({ code: 0, stdout: 'done' });
  await expect(looking.run('vm1', 'slow', LIMIT)).rejects.toMatchObject({ code: 'E_HOST_DOCKER' });
});

test('a host that is up, or of which nothing is known, is asked; closing closes nothing', async () => {
  const { shell, standings, patient } = shells();
  standings.set('vm1', SILENT);
  standings.set('vm1', { kind: 'up' });
  await patient.run('vm1', 'true', LIMIT);
  await patient.run('vm2', 'true', LIMIT);
  await patient.close();
  expect(shell.lines()).toEqual(['vm1: true', 'vm2: true']);
});
