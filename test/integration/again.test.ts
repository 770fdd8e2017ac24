/** The same deploy again: nothing is to be done, and nothing is done. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onEachHost, onLab, onLabOk, removeApp } from '../support/real/lab.ts';

const SHOP = 'playbooks/shop.yaml';

beforeAll(async () => {
  await onLabOk(SHOP, ['deploy', '--yes']);
});
afterAll(() => removeApp(SHOP));

/** Everything that a deploy could touch on the hosts: containers with their start, networks, volumes, fleet's files. */
function everything(): Promise<Map<string, string>> {
  const script = `docker ps -aq --no-trunc | sort | xargs docker inspect --format '{{.Id}} {{.State.StartedAt}} {{.RestartCount}}'
    docker network ls -q --no-trunc | sort; docker volume ls -q | sort
    find /home/deploy/.fleet \\( -type f -o -type l \\) ! -name '*lease*' ! -name audit.log -printf '%p %T@ %s %l\\n' | sort
    pgrep -a nginx | sort`;
  return onEachHost(['sh', '-c', script]);
}

test('a second deploy of the same files does nothing, touches nothing and ends with 0', async () => {
  const before = await everything();
  const again = await onLabOk(SHOP, ['deploy', '--yes', '--json']);
  expect(again.events.filter(({ kind }) => kind === 'step-started')).toEqual([]);
  expect(await everything()).toEqual(before);
});

test('plan says nothing is to be done, and the same bytes each time', async () => {
  const [first, second] = [
    await onLab(SHOP, ['plan', '--format', 'json', '--detailed-exitcode']),
    await onLab(SHOP, ['plan', '--format', 'json']),
  ];
  expect(first.code, first.stderr).toBe(0);
  expect(JSON.parse(first.stdout)).toMatchObject({ steps: [] });
  expect(second.stdout).toBe(first.stdout);
});
