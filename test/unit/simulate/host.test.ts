import { expect, test } from 'vitest';
import { leaseLine, parseReply } from '../../../src/execute/lease/script.ts';
import { SimulatedHost } from '../../support/simulate/host/host.ts';
import { simulatedReport } from '../../support/simulate/sim-host.ts';

const RUN = ['docker run --detach --name a', '--label=fleet.app=shop --label=fleet.image=web:1 --network n', 'web:1'];

function host(): SimulatedHost {
  return new SimulatedHost('h0001', simulatedReport(0, 0), '10.128.0.1');
}

async function ran(on: SimulatedHost, line: string, stdin = ''): Promise<readonly [number, string]> {
  const { code, stdout, stderr } = await on.run(line, Buffer.from(stdin));
  return [code, `${Buffer.from(stdout)}${Buffer.from(stderr)}`];
}

test('a line is run as a shell runs it: words, conditions, files and standard input', async () => {
  const on = host();
  expect(await ran(on, "mkdir -p x && cat > 'x/a b' && [ -f 'x/a b' ] || echo no", 'words\n')).toEqual([0, '']);
  expect(await ran(on, 'cd x && cat a*; exit 3')).toEqual([3, 'words\n']);
  expect(await ran(on, 'nobody-has-this')).toMatchObject([127, expect.stringContaining('not found')]);
});

test('files that a line writes are those of its own host only', async () => {
  const [one, other] = [host(), host()];
  await ran(one, 'echo here > /etc/passwd');
  expect(await ran(one, 'cat /etc/passwd')).toEqual([0, 'here\n']);
  expect(await ran(other, 'cat /etc/passwd')).toMatchObject([1, expect.stringContaining('No such file')]);
});

test('a lease is taken, renewed by its holder alone, and given back', async () => {
  const on = host();
  const owner = { by: 'ann@laptop', host: 'laptop', pid: 1 };
  const ask = async (verb: 'take' | 'renew' | 'drop' | 'read', id: string) => {
    const [, said] = await ran(on, leaseLine({ verb, app: 'shop', id, ttlMs: 60_000, owner }));
    return parseReply(said)?.state;
  };
  expect(await ask('take', 'aa')).toBe('taken');
  expect(await ask('take', 'bb')).toBe('held');
  expect(await ask('renew', 'aa')).toBe('taken');
  expect(await ask('renew', 'bb')).toBe('lost');
  expect(await ask('drop', 'aa')).toBe('dropped');
  expect(await ask('read', 'bb')).toBe('free');
});

test('Docker refuses what it would refuse: no image, no network, a name that is taken, a network in use', async () => {
  const on = host();
  const run = RUN.join(' ');
  expect(await ran(on, run)).toMatchObject([1, expect.stringContaining('no network n')]);
  await ran(on, 'docker network create --driver bridge --subnet 10.97.0.0/24 n');
  expect(await ran(on, run)).toMatchObject([1, expect.stringContaining('no image')]);
  await ran(on, 'docker pull --quiet web:1');
  expect(await ran(on, run)).toEqual([0, '']);
  expect(await ran(on, run)).toMatchObject([1, expect.stringContaining('already in use')]);
  expect(await ran(on, 'docker network rm n')).toMatchObject([1, expect.stringContaining('active endpoints')]);
  expect(await ran(on, 'docker stop --time 1 a && docker rm a && docker network rm n')).toEqual([0, '']);
  expect(await ran(on, 'docker start a')).toMatchObject([1, expect.stringContaining('No such object: a')]);
});

test('what Docker does not know here fails, so that no step seems done that was not', async () => {
  expect(await ran(host(), 'docker swarm init')).toMatchObject([125, expect.stringContaining('can not swarm')]);
});

test('a replica becomes healthy some time after its start, and its format says so', async () => {
  const on = host();
  await ran(on, 'docker network create --subnet 10.97.0.0/24 n && docker pull web:1');
  await ran(on, RUN.join(' ').replace('--network', '--health-cmd=true --network'));
  const format = "'{{.Name}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}'";
  expect(await ran(on, `docker inspect --format ${format} a`)).toEqual([0, '/a starting\n']);
  const until = `until docker inspect --format ${format} a | grep -q healthy; do sleep 0.05; done`;
  expect(await ran(on, until)).toEqual([0, '']);
});
