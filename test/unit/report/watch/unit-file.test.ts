import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatUnit } from '../../../../src/report/watch/unit-file.ts';

const FACTS = {
  node: '/usr/bin/node',
  fleet: '/opt/fleet/dist/main.js',
  inventory: '/srv/shop/inventory/production.yaml',
  cwd: '/srv/shop',
  home: '/home/ann',
  user: 'ann',
  options: ['--every', '30000ms'],
};

test('the unit is the one of the golden file', () => {
  expect(formatUnit(FACTS)).toBe(readFileSync('test/golden/fleet-watch.service', 'utf8'));
});

test('what systemd would read in its own way is quoted', () => {
  const text = formatUnit({ ...FACTS, inventory: '/srv/a b/100%.yaml', options: ['--notify', 'logger "$USER" \\n'] });
  expect(text).toContain(
    'ExecStart=/usr/bin/node /opt/fleet/dist/main.js --inventory "/srv/a b/100%%.yaml" --no-color watch --notify "logger \\"$$USER\\" \\\\n"\n',
  );
});
