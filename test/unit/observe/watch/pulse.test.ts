import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { FleetError } from '../../../../src/model/error.ts';
import { startPulse } from '../../../../src/observe/watch/pulse.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeShell } from '../../../support/fake-shell.ts';

const PATH = '/var/run/docker.sock';
const UNREACHABLE = new FleetError('E_HOST_UNREACHABLE', 'vm1 refuses the connection');
const REFUSED = new FleetError('E_SSH_AUTH', 'vm1: no key was accepted');
const DIED = { code: 1, stderr: 'Cannot connect to the Docker daemon. Is the docker daemon running?\n' };
const ok: RequestListener = (_asked, answer) => answer.end('OK');
const hang: RequestListener = () => undefined;

/** Hosts, and what happens to them at which second. Runs to the last second, and gives "second host kind" of each change. */
class World {
  readonly clock = new FakeClock(0);
  readonly shell = new FakeShell(this.clock);
  readonly changes: string[] = [];
  /** Of each change to the worse: at which second the host had been up last. */
  readonly answered: number[] = [];

  readonly hosts: readonly string[];

  constructor(hosts: readonly string[] = ['vm1']) {
    this.hosts = hosts;
    for (const host of hosts) this.shell.socket(host, PATH, ok);
  }

  async run(seconds: number, ...happenings: readonly (readonly [number, () => void])[]): Promise<readonly string[]> {
    const end = new AbortController();
    const pulse = startPulse({
      shell: this.shell,
      hosts: this.hosts,
      clock: this.clock,
      signal: end.signal,
      onPulse: (host, seen) => {
        const what = seen.kind === 'up' ? 'up' : `${seen.kind} ${seen.code}`;
        if (seen.kind !== 'up') this.answered.push((seen.answeredAt ?? Number.NaN) / 1000);
        this.changes.push(`${this.clock.now() / 1000} ${host} ${what}`);
      },
    });
    for (const [second, happen] of happenings) {
      await this.clock.sleep(second * 1000 - this.clock.now());
      happen();
    }
    await this.clock.sleep(seconds * 1000 - this.clock.now());
    end.abort();
    await pulse;
    return this.changes;
  }

  /** The host loses its power: what is open says nothing any more, and nothing opens. */
  lose(host = 'vm1'): void {
    this.shell.silence(host);
    this.shell.socket(host, PATH, 'silence');
  }
}

test('a lost host is silent within three seconds, and up as soon as it answers', async () => {
  const world = new World();
  const changes = await world.run(30, [10.1, () => world.lose()], [20.5, () => world.shell.socket('vm1', PATH, ok)]);
  expect(changes).toEqual(['0 vm1 up', '13 vm1 silent E_HOST_UNREACHABLE', '21 vm1 up']);
  expect(world.answered).toEqual([10]);
});

test('where a thousand hosts log in at the beginning, the last one may take as long as all their logins', async () => {
  const world = new World(Array.from({ length: 1_000 }, (_, index) => `vm${index}`));
  world.shell.socket('vm999', PATH, 'silence');
  const changes = await world.run(15, [9, () => world.shell.socket('vm999', PATH, ok)]);
  expect(changes.filter((text) => text.includes('vm999'))).toEqual(['10 vm999 up']);
});

test('of a host that was lost while this process stood still nobody knows when it was up last', async () => {
  const asleep = new World();
  await asleep.run(3600, [
    10.1,
    () => {
      asleep.lose();
      asleep.clock.jump(1_800_000);
    },
  ]);
  expect(asleep.changes.at(-1)).toMatch(/vm1 silent E_HOST_UNREACHABLE$/);
  expect(asleep.answered).toEqual([Number.NaN]);
});

test('one question that is not answered changes nothing', async () => {
  const world = new World();
  let asked = 0;
  world.shell.socket('vm1', PATH, (question, answer) => {
    asked += 1;
    if (asked !== 3) ok(question, answer);
  });
  expect(await world.run(10)).toEqual(['0 vm1 up']);
  expect(world.shell.resets).toEqual([]);
});

test('all questions to a host go over one stream', async () => {
  const world = new World();
  await world.run(60.5);
  expect(world.shell.sockets).toEqual([`vm1 ${PATH}`]);
});

test('a host that hangs delays no other', async () => {
  const world = new World(['vm1', 'vm2', 'vm3']);
  const asked: number[] = [];
  world.shell.socket('vm2', PATH, (question, answer) => {
    asked.push(world.clock.now() / 1000);
    ok(question, answer);
  });
  world.shell.socket('vm1', PATH, 'silence').socket('vm3', PATH, hang);
  await world.run(5.5);
  expect(asked).toEqual([0, 1, 2, 3, 4, 5]);
});

test('a silent host has one attempt under way at a time, and each is dropped before the next', async () => {
  const world = new World();
  const changes = await world.run(60, [10.1, () => world.lose()]);
  const attempts = world.shell.sockets.length;
  expect(changes.at(-1)).toBe('13 vm1 silent E_HOST_UNREACHABLE');
  expect(attempts).toBeLessThan(16);
  expect(world.shell.resets.length).toBeGreaterThan(attempts - 4);
  expect(world.shell.openStreams('vm1')).toBe(0);
});

test('a host that refuses connections is tried every second', async () => {
  const world = new World();
  const changes = await world.run(
    30,
    [9.5, () => world.shell.socket('vm1', PATH, UNREACHABLE).reset('vm1')],
    [20.5, () => world.shell.socket('vm1', PATH, ok)],
  );
  expect(changes).toEqual(['0 vm1 up', '11 vm1 silent E_HOST_UNREACHABLE', '21 vm1 up']);
});

test('a refused login is told with its code and not hammered at', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, REFUSED);
  expect(await world.run(300)).toEqual(['0 vm1 silent E_SSH_AUTH']);
  expect(world.shell.sockets.length).toBe(12);
});

test('a host whose Docker has died has SSH and no Docker, until Docker is back', async () => {
  const world = new World();
  const changes = await world.run(
    30,
    [
      9.5,
      () => {
        world.shell.socket('vm1', PATH, new FleetError('E_DIAL', 'open failed')).reset('vm1');
        world.shell.on(/docker version/, DIED);
      },
    ],
    [20.5, () => world.shell.socket('vm1', PATH, ok)],
  );
  expect(changes).toEqual(['0 vm1 up', '11 vm1 no-docker E_HOST_DOCKER', '21 vm1 up']);
  expect(world.shell.calls.length).toBe(2);
});

test('a Docker that takes questions and answers none is told from a silent host', async () => {
  const world = new World();
  let answers: RequestListener = ok;
  world.shell.socket('vm1', PATH, (question, answer) => answers(question, answer));
  const changes = await world.run(
    30,
    [
      9.5,
      () => {
        answers = hang;
      },
    ],
    [
      20.5,
      () => {
        answers = ok;
      },
    ],
  );
  expect(changes).toEqual(['0 vm1 up', '12 vm1 no-docker E_HOST_DOCKER', '21 vm1 up']);
  expect(world.shell.resets).toEqual([]);
});

test('where sshd forbids streams, SSH is asked by a command every two seconds and Docker every six', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, new FleetError('E_DIAL', 'open failed'));
  expect(await world.run(12.5)).toEqual(['0 vm1 up']);
  const asked = world.shell.calls.map(
    ({ line, startedAt }) => `${startedAt / 1000} ${line === ':' ? 'ssh' : 'docker'}`,
  );
  expect(asked).toEqual([
    ...['0 docker', '2 ssh', '4 ssh', '6 ssh', '6 docker', '8 ssh', '10 ssh', '12 ssh', '12 docker'],
  ]);
  expect(world.shell.sockets.length).toBe(1);
});

test('where sshd forbids streams, a lost host and a dead Docker are noticed too', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, new FleetError('E_DIAL', 'open failed'));
  const changes = await world.run(
    50,
    [10.5, () => world.shell.on(/docker version/, DIED)],
    [30.5, () => world.shell.on(/./, { takesMs: 1_000_000 }).socket('vm1', PATH, 'silence')],
  );
  expect(changes).toEqual(['0 vm1 up', '14 vm1 no-docker E_HOST_DOCKER', '36 vm1 silent E_HOST_UNREACHABLE']);
});

test('a docker command that hangs is ended by the host and means no Docker', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, new FleetError('E_DIAL', 'open failed')).on(/docker version/, { code: 124 });
  expect(await world.run(10)).toEqual(['1 vm1 no-docker E_HOST_DOCKER']);
});

test('answers that could not be read because this process stood still are not missing', async () => {
  const world = new World();
  world.shell.socket('vm1', PATH, (question, answer) => {
    const stoodStill = world.clock.now() > 5_000 && world.clock.now() < 40_000;
    if (stoodStill) world.clock.jump(10_000);
    else ok(question, answer);
  });
  expect(await world.run(60)).toEqual(['0 vm1 up']);
  expect(world.shell.resets).toEqual([]);
});

test('an error that is a bug of ours is thrown, and is no silence', async () => {
  const world = new World(['vm9']);
  world.shell.socket('vm9', PATH, new FleetError('E_REFERENCE', 'host vm9 is not in the inventory'));
  const pulse = startPulse({
    ...{ shell: world.shell, clock: world.clock, hosts: ['vm9'] },
    ...{ onPulse: () => undefined, signal: new AbortController().signal },
  });
  await expect(pulse).rejects.toMatchObject({ code: 'E_REFERENCE' });
});
