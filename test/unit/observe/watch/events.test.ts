import type { RequestListener, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { FleetError } from '../../../../src/model/error.ts';
import type { DockerEvent } from '../../../../src/model/watch.ts';
import { followEvents } from '../../../../src/observe/watch/events.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeShell } from '../../../support/fake-shell.ts';

const PATH = '/var/run/docker.sock';
const NO_SOCKET = new FleetError('E_DIAL', 'open failed');

/** A host vm1 whose events are followed; `told` has "second what" of all that is told. */
class World {
  readonly clock = new FakeClock(0);
  readonly shell = new FakeShell(this.clock);
  readonly told: string[] = [];
  readonly end = new AbortController();
  /** The stream that is open. */
  stream: ServerResponse | undefined;

  readonly engine: RequestListener = (_asked, answer) => {
    this.stream = answer;
    answer.writeHead(200).flushHeaders();
  };

  follow(): Promise<void> {
    const tell = (what: string) => void this.told.push(`${this.clock.now() / 1000} ${what}`);
    return followEvents({
      shell: this.shell,
      host: 'vm1',
      clock: this.clock,
      signal: this.end.signal,
      onEvent: (event: DockerEvent) => tell(`${event.action} ${event.container}`),
      onState: (state, transport) => tell(`${state} ${transport}`),
    });
  }

  async until(seconds: number): Promise<void> {
    await this.clock.sleep(seconds * 1000 - this.clock.now());
  }
}

function died(name: string): string {
  const Attributes = { exitCode: '1', 'fleet.app': 'shop', 'fleet.service': 'web', name };
  return `${JSON.stringify({ Type: 'container', Action: 'die', Actor: { ID: 'x', Attributes }, time: 1 })}\n`;
}

test('events come over the stream, however they are cut', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, world.engine);
  const following = world.follow();
  await world.until(1);
  const text = died('shop.web.1.1') + died('shop.web.1.2');
  world.stream?.write(text.slice(0, 50));
  await world.until(2);
  world.stream?.write(text.slice(50));
  await world.until(3);
  world.end.abort();
  await following;
  await new Promise(setImmediate);
  expect(world.told).toEqual(['0 streaming socket', '2 die shop.web.1.1', '2 die shop.web.1.2', '3 lost socket']);
  expect(world.shell.openStreams('vm1')).toBe(0);
});

test('a stream that ends is told as lost and opened again', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, world.engine);
  const following = world.follow();
  await world.until(10);
  world.stream?.end();
  await world.until(20);
  world.stream?.destroy();
  await world.until(30);
  world.end.abort();
  await following;
  expect(world.told).toEqual([
    '0 streaming socket',
    '10 lost socket',
    '10.5 streaming socket',
    '20 lost socket',
    '20.5 streaming socket',
    '30 lost socket',
  ]);
});

test('a host that is away is tried every second', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, new FleetError('E_HOST_UNREACHABLE', 'refuses the connection'));
  const following = world.follow();
  await world.until(10.5);
  expect(world.shell.sockets.length).toBe(11);
  world.shell.socket('vm1', PATH, world.engine);
  await world.until(12);
  world.end.abort();
  await following;
  expect(world.told).toEqual(['11 streaming socket', '12 lost socket']);
});

test('a Docker that does not answer is tried ever less often, and at most every ten seconds', async () => {
  const world = new World();
  const tried: number[] = [];
  world.shell.socket('vm1', PATH, NO_SOCKET).on(/docker events/, ({ startedAt }) => {
    tried.push(startedAt / 1000);
    return { code: 1, stderr: 'Cannot connect to the Docker daemon' };
  });
  const following = world.follow();
  await world.until(40);
  world.end.abort();
  await following;
  expect(tried).toEqual([0, 0.5, 1.5, 3.5, 7.5, 15.5, 25.5, 35.5]);
  expect(world.told).toEqual([]);
});

test('a Docker that takes the question and never begins is given up after five seconds', async () => {
  const world = new World();
  let asked = 0;
  world.shell.socket('vm1', PATH, () => {
    asked += 1;
  });
  const following = world.follow();
  await world.until(12);
  world.end.abort();
  await following;
  expect(asked).toBe(3);
  expect(world.told).toEqual([]);
});

test('where sshd forbids streams, a command follows', async () => {
  const world = new World();
  const says = ['events ', 'begin\n', died('shop.web.1.1')];
  world.shell.socket('vm1', PATH, NO_SOCKET).on(/docker events/, { says, takesMs: 60_000 });
  const following = world.follow();
  await world.until(61);
  world.end.abort();
  await following;
  expect(world.told).toEqual([
    '0 streaming command',
    '0 die shop.web.1.1',
    '60 lost command',
    '60.5 streaming command',
    '60.5 die shop.web.1.1',
    '61 lost command',
  ]);
});

test('an error that is a bug of ours is thrown', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, new FleetError('E_REFERENCE', 'host vm1 is not in the inventory'));
  await expect(world.follow()).rejects.toMatchObject({ code: 'E_REFERENCE' });
});
