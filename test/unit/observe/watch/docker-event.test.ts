import { expect, test } from 'vitest';
import { EVENTS_LINE, EVENTS_PATH, parseDockerEvent } from '../../../../src/observe/watch/docker-event.ts';

const ID = 'edadf0593054690180769c08a71fb323bbe5bd6882a90b911a31ac5d6805f329';
const SHOP = { 'fleet.app': 'shop', 'fleet.service': 'web', image: 'nginx:1.30', name: 'shop.web.1.1' };

/** As Docker 20.10.24 printed it, word for word. */
const DIE =
  '{"status":"die","id":"edadf0593054690180769c08a71fb323bbe5bd6882a90b911a31ac5d6805f329","from":"nginx:1.30",' +
  '"Type":"container","Action":"die","Actor":{"ID":"edadf0593054690180769c08a71fb323bbe5bd6882a90b911a31ac5d6805f329",' +
  '"Attributes":{"exitCode":"137","fleet.app":"shop","fleet.service":"web","image":"nginx:1.30","name":"shop.web.1.1"}},' +
  '"scope":"local","time":1795603086,"timeNano":1795603086801627117}';
const EXEC =
  '{"status":"exec_die","id":"edadf0593054690180769c08a71fb323bbe5bd6882a90b911a31ac5d6805f329","from":"nginx:1.30",' +
  '"Type":"container","Action":"exec_die","Actor":{"ID":"edadf0593054690180769c08a71fb323bbe5bd6882a90b911a31ac5d6805f329",' +
  '"Attributes":{"execID":"5fcc95b21f86c75efb352359a85466a61772c1020ee3d6eaa733d5164d3aba85","exitCode":"0",' +
  '"fleet.app":"shop","fleet.service":"web","image":"nginx:1.30","name":"shop.web.1.1"}},' +
  '"scope":"local","time":1795603085,"timeNano":1795603085308466486}';
const ROUTER =
  '{"status":"start","id":"e33c1820e4b92ee786d0c678b38a6eef57e691b90d5845fd3fb1caf0b02407e1","from":"nginx:1.30",' +
  '"Type":"container","Action":"start","Actor":{"ID":"e33c1820e4b92ee786d0c678b38a6eef57e691b90d5845fd3fb1caf0b02407e1",' +
  '"Attributes":{"image":"nginx:1.30","name":"fleet-router"}},"scope":"local","time":1795603090,"timeNano":1795603090433007792}';

/** An event in the words of Engine API 1.52 and newer: `status`, `id` and `from` are gone. */
function event(Action: string, Attributes: Readonly<Record<string, string>> = SHOP, Type = 'container'): string {
  return JSON.stringify({ Type, Action, Actor: { ID, Attributes }, scope: 'local', time: 1, timeNano: 1_500_000_000 });
}

test('a death is told with container, app, service, time and exit code', () => {
  expect(parseDockerEvent('vm3', DIE)).toEqual({
    host: 'vm3',
    at: 1_795_603_086_801,
    action: 'die',
    container: 'shop.web.1.1',
    app: 'shop',
    service: 'web',
    exitCode: 137,
  });
});

test('newer engines, which leave out what is said twice, are understood', () => {
  expect(parseDockerEvent('vm3', event('health_status: unhealthy'))).toEqual({
    host: 'vm3',
    at: 1500,
    action: 'health_status: unhealthy',
    container: 'shop.web.1.1',
    app: 'shop',
    service: 'web',
  });
});

test('an event that says what it is in its old field alone is understood', () => {
  const old = JSON.stringify({ status: 'oom', id: ID, Actor: { ID, Attributes: SHOP }, time: 7 });
  expect(parseDockerEvent('vm3', old)).toMatchObject({ action: 'oom', at: 7_000 });
});

test('the router has no labels and is told by its name', () => {
  expect(parseDockerEvent('vm3', ROUTER)).toEqual({
    host: 'vm3',
    at: 1_795_603_090_433,
    action: 'start',
    container: 'fleet-router',
    app: '',
    service: '',
  });
});

test('health checks, strangers, other things than containers and torn lines are passed over', () => {
  const lines = [
    EXEC,
    event('start', { image: 'nginx:1.30', name: 'stranger' }),
    event('start', SHOP, 'network'),
    event('starting'),
    DIE.slice(0, -1),
    'Cannot connect to the Docker daemon',
    'null',
    '{}',
    '{"Type":"container","Action":7,"Actor":null}',
    '',
  ];
  expect(lines.map((line) => parseDockerEvent('vm3', line))).toEqual(lines.map(() => undefined));
});

test('both ways ask for the same events', () => {
  const filters = JSON.parse(new URL(`http://docker${EVENTS_PATH}`).searchParams.get('filters') ?? '');
  const words = [...EVENTS_LINE.matchAll(/--filter '?(\w+)=(\w+)/g)].map(([, key, value]) => [key, value]);
  expect(words).toEqual([['type', filters.type[0]], ...filters.event.map((action: string) => ['event', action])]);
});
