import { expect, test } from 'vitest';
import { createPalette, PLAIN } from '../../../../src/report/palette.ts';
import { formatPlanMarkdown } from '../../../../src/report/plan/markdown.ts';
import { formatPlan } from '../../../../src/report/plan/text.ts';
import { aChange, aPlan, aStep, theUpdate } from '../../../support/plan-builders.ts';

const golden = (name: string): string => `../../../golden/${name}`;

test('an update shows what starts, moves, stops and stays, where, why and what it costs', async () => {
  const text = formatPlan(theUpdate(), { palette: PLAIN, detail: 'summary', next: 'fleet deploy' });
  await expect(text).toMatchFileSnapshot(golden('plan-update.txt'));
});

test('the full view has every command and the difference of the nginx files', async () => {
  const text = formatPlan(theUpdate(), { palette: PLAIN, detail: 'full', next: 'fleet deploy' });
  await expect(text).toMatchFileSnapshot(golden('plan-update-full.txt'));
});

test('the Markdown of a plan is a table with folds', async () => {
  await expect(formatPlanMarkdown(theUpdate())).toMatchFileSnapshot(golden('plan-update-markdown.txt'));
});

test('a plan without steps says that there is nothing to do', async () => {
  const plan = aPlan({ services: [aChange('backend', { replicas: 3 }), aChange('cache')] });
  await expect(formatPlan(plan, { palette: PLAIN, detail: 'summary', next: 'fleet deploy' })).toMatchFileSnapshot(
    golden('plan-nothing.txt'),
  );
});

test('the first deploy and a removal name their release', () => {
  const head = (plan: Parameters<typeof formatPlan>[0]): string =>
    formatPlan(plan, { palette: PLAIN, detail: 'summary' }).split('\n')[0] ?? '';
  expect(head(aPlan({ release: 1, previous: 0, hosts: 1, edges: 1 }))).toBe(
    'fleet plan   shop on production (1 host, 1 edge)   release 1, the first',
  );
  expect(head(aPlan({ intent: { kind: 'remove', volumes: false }, release: 6, previous: 6 }))).toBe(
    'fleet plan   shop on production (6 hosts, 2 edges)   removes release 6',
  );
});

test('colours change no character of a plan', () => {
  const plain = formatPlan(theUpdate(), { palette: PLAIN, detail: 'full' });
  const coloured = formatPlan(theUpdate(), { palette: createPalette(1), detail: 'full' });
  expect(coloured).not.toBe(plain);
  expect(coloured.replaceAll(/\u001b\[[0-9;]*m/g, '')).toBe(plain);
});

test('control characters in a reason, a warning and a command reach no terminal', () => {
  const plan = aPlan({
    services: [aChange('web', { change: 'update', reasons: ['image \u001b[2Ja'], notes: ['b\u0007\nc'] })],
    warnings: [{ code: 'W', message: 'd\u001b]0;title\u0007e\rf' }],
    steps: [aStep('x\u009b2J', 'vm1', { commands: [{ kind: 'run', line: 'echo \u001b[31mred', timeoutMs: 1 }] })],
  });
  const text = formatPlan(plan, { palette: PLAIN, detail: 'full' }) + formatPlanMarkdown(plan);
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
});

test('Markdown in names stays text', () => {
  const plan = aPlan({ services: [aChange('web', { change: 'update', reasons: ['a|b <img> `c`'] })] });
  expect(formatPlanMarkdown(plan)).toContain('a\\|b &lt;img> \\`c\\`');
});

test('what a file asks for and means something else here is a note, beside warnings about the hosts', () => {
  const warnings = [
    { code: 'W_DISK_LOW', message: 'vm1 is full' },
    { code: 'N_FILE', message: 'version: Compose ignores it too' },
  ];
  expect(formatPlan(aPlan({ warnings }), { palette: PLAIN, detail: 'summary' })).toContain(
    'warning  vm1 is full\nnote     version: Compose ignores it too\n',
  );
  expect(formatPlanMarkdown(aPlan({ warnings }))).toContain('> **note** version: Compose ignores it too');
});

test('records that are written again and what is swept are said once for all hosts, an ordinary record is not', () => {
  const record = (host: string, reason: string) =>
    aStep(`record release 7@${host}`, host, { action: { kind: 'record', release: 7 }, reason });
  const sweep = (host: string) =>
    aStep(`sweep images@${host}`, host, {
      action: { kind: 'sweep', what: '2 images of releases 1, 2' },
      reason: 'nobody goes back so far',
    });
  const steps = [record('vm1', 'kept on every edge host'), record('vm2', 'rebuilt'), sweep('vm2'), sweep('vm1')];
  expect(formatPlan(aPlan({ steps }), { palette: PLAIN, detail: 'summary' })).toContain(
    'record   release 7 on vm2: rebuilt\nsweep    2 images of releases 1, 2 on vm1, vm2: nobody goes back so far\n',
  );
  expect(formatPlanMarkdown(aPlan({ steps }))).toContain(
    '- **record** release 7 on vm2: rebuilt\n- **sweep** 2 images of releases 1, 2 on vm1, vm2: nobody goes back so far\n',
  );
});
