/** What a watcher notices on real hosts, and how soon. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bootHost, cutHost, killHost, mendHost, rootExec } from '../../src/lab/index.ts';
import { askReplicas, Misses, type Question } from '../../src/observe/watch/questions.ts';
import { reachOf } from '../../src/observe/watch/reach.ts';
import { LAB_NAME, theLab } from '../support/real/lab.ts';
import { pulseAfter, type Senses, startSenses } from '../support/real/senses.ts';

const NAME = 'senses.web.1.1';
const PORT = 19_999;
let senses: Senses;

beforeAll(async () => {
  senses = await startSenses(
    theLab().inventory,
    theLab().hosts.map(({ name }) => name),
  );
});
afterEach(async () => {
  await asRoot('docker rm --force --volumes $(docker ps --all --quiet --filter label=fleet.app=senses) 2>/dev/null; :');
});
afterAll(async () => {
  await senses[Symbol.asyncDispose]();
});

/** The host that everything happens to: one without an edge. */
function victim(): { readonly name: string; readonly address: string } {
  const found = theLab().hosts.find(({ roles }) => !roles.includes('edge'));
  if (found === undefined) throw new Error('each host is an edge');
  return found;
}

async function asRoot(script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await rootExec(victim().name, ['sh', '-c', script], { labName: LAB_NAME });
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

/** A replica that answers HTTP, on the port that is asked for below. */
async function startReplica(): Promise<void> {
  const labels = '--label fleet.app=senses --label fleet.service=web --label fleet.slot=1';
  const server = "require('node:http').createServer((q, r) => r.end('ok')).listen(8080)";
  await asRoot(
    `docker run --detach --name ${NAME} ${labels} -p ${victim().address}:${PORT}:8080 node:20 node -e "${server}"`,
  );
  await asRoot(`until wget -q -O - http://${victim().address}:${PORT}/ >/dev/null; do sleep 0.1; done`);
}

function say(what: string, ms: number): void {
  process.stderr.write(`  ${what}: ${ms} ms\n`);
}

test('a host that loses its power is silent within five seconds, and up when it is back', async () => {
  const host = victim().name;
  const from = performance.now();
  const silent = pulseAfter(senses, host, { kind: 'silent', from });
  await killHost(host, LAB_NAME);
  const ms = await silent;
  say('power loss noticed', ms);
  expect(ms).toBeLessThan(5_000);
  const up = pulseAfter(senses, host, { kind: 'up', from: performance.now() });
  const streaming = senses.streams.next((one) => one.startsWith(`${host} streaming`), 60_000);
  await bootHost(host, LAB_NAME);
  say('return noticed, from power on', await up);
  await streaming;
});

test('a host whose cable is pulled is silent, and up soon after it is plugged in again', async () => {
  const host = victim().name;
  const cut = performance.now();
  const silent = pulseAfter(senses, host, { kind: 'silent', from: cut });
  await cutHost(host, LAB_NAME);
  const ms = await silent;
  say('cut noticed', ms);
  expect(ms).toBeLessThan(5_000);
  const up = pulseAfter(senses, host, { kind: 'up', from: performance.now() });
  const streaming = senses.streams.next((one) => one.startsWith(`${host} streaming`), 60_000);
  await mendHost(host, LAB_NAME);
  const back = await up;
  say('mended cable noticed', back);
  expect(back).toBeLessThan(8_000);
  await streaming;
});

test('a container that is killed is told of within a second', async () => {
  await startReplica();
  const from = performance.now();
  const died = senses.events.next(({ action, container }) => action === 'die' && container === NAME, 30_000);
  await asRoot(`docker kill ${NAME}`);
  const { what, at } = await died;
  say('killed container noticed', Math.round(at - from));
  expect(what).toMatchObject({ host: victim().name, app: 'senses', service: 'web', exitCode: 137 });
  expect(at - from).toBeLessThan(1_000);
});

test('a host whose Docker has died, or hangs, still has SSH', async () => {
  const host = victim().name;
  const service = '/etc/fleet-lab/dockerd';
  const later = `#!/bin/sh\\nsleep 8\\nmv ${service}.real ${service}\\nexec ${service}\\n`;
  const died = pulseAfter(senses, host, { kind: 'no-docker', from: performance.now() });
  await asRoot(
    `mv ${service} ${service}.real; printf '${later}' >${service}; chmod +x ${service}; kill $(cat /run/docker.pid)`,
  );
  say('death of Docker noticed', await died);
  await pulseAfter(senses, host, { kind: 'up', from: 0 });
  const hangs = pulseAfter(senses, host, { kind: 'no-docker', from: performance.now() });
  await asRoot('kill -STOP $(cat /run/docker.pid)');
  say('hang of Docker noticed', await hangs);
  const up = pulseAfter(senses, host, { kind: 'up', from: performance.now() });
  await asRoot('kill -CONT $(cat /run/docker.pid)');
  say('end of the hang noticed', await up);
  expect(senses.pulses.all.filter(({ what }) => what.pulse.kind === 'silent' && what.host !== host)).toEqual([]);
});

test('a replica whose process is stopped takes connections and hangs', async () => {
  await startReplica();
  const { name, address } = victim();
  const question: Question = { key: `${name}/${NAME}`, from: name, address, port: PORT, http: { path: '/' } };
  const { http: _http, ...connection } = question;
  const ask = (one: Question) => askReplicas({ shell: senses.shell, questions: [one], timeoutMs: 1_000 });
  expect(await ask(question)).toEqual({ answered: [question.key], missed: [], unknown: [] });
  await asRoot(`docker kill --signal STOP ${NAME}`);
  const misses = new Misses();
  expect(misses.note(await ask(question))).toEqual([]);
  expect(misses.note(await ask(question))).toEqual([]);
  expect(misses.note(await ask(question))).toEqual([question.key]);
  expect(await ask(connection)).toEqual({ answered: [question.key], missed: [], unknown: [] });
  await asRoot(`docker kill --signal CONT ${NAME}`);
  expect(misses.note(await ask(question))).toEqual([]);
});

test('the replicas of a host without SSH answer other hosts, and those of a host without a cable do not', async () => {
  await startReplica();
  const { name, address } = victim();
  const from = theLab().hosts.map((host) => host.name);
  const order = { shell: senses.shell, from, targets: [{ host: name, container: NAME, address, port: PORT }] };
  expect(await reachOf({ ...order, timeoutMs: 2_000 })).toEqual([{ host: name, asked: 1, answered: 1 }]);
  const silent = pulseAfter(senses, name, { kind: 'silent', from: 0 });
  await cutHost(name, LAB_NAME);
  await silent;
  const gone = await reachOf({ ...order, timeoutMs: 2_000 });
  const up = pulseAfter(senses, name, { kind: 'up', from: 0 });
  await mendHost(name, LAB_NAME);
  await up;
  expect(gone).toEqual([{ host: name, asked: 1, answered: 0 }]);
});

test('where sshd forbids streams to sockets, commands tell the same, and none of them stays behind', async () => {
  await startReplica();
  const { name } = victim();
  const sshd = (config: string) => asRoot(`${config}; kill -HUP $(cat /run/sshd.pid)`);
  await sshd("echo 'AllowStreamLocalForwarding no' >>/etc/ssh/sshd_config");
  try {
    await using other = await startSenses(theLab().inventory, [name]);
    expect(other.streams.all.map(({ what }) => what)).toEqual([`${name} streaming command`]);
    const from = performance.now();
    const died = other.events.next(({ action, container }) => action === 'die' && container === NAME, 30_000);
    await asRoot(`docker kill ${NAME}`);
    say('killed container noticed, by command', Math.round((await died).at - from));
    const hangs = pulseAfter(other, name, { kind: 'no-docker', from: performance.now() });
    await asRoot('kill -STOP $(cat /run/docker.pid)');
    say('hang of Docker noticed, by command', await hangs);
    const up = pulseAfter(other, name, { kind: 'up', from: 0 });
    await asRoot('kill -CONT $(cat /run/docker.pid)');
    await up;
  } finally {
    await sshd("sed -i '/^AllowStreamLocalForwarding/d' /etc/ssh/sshd_config");
  }
  await asRoot('timeout 10 sh -c \'while ps ax | grep -q "[d]ocker events"; do sleep 0.2; done\'');
});
