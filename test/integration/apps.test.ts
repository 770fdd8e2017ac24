/**
 * Three well-known applications, their files as they are, side by side on one fleet. Stand-ins have the names and ports
 * of the real images; Redis and PostgreSQL are the real ones. Every declared path answers, every other one is refused.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootExec } from '../../src/lab/index.ts';
import { type Call, callAll, type Reachable, reachables } from '../support/real/calls.ts';
import { fleetOk, TOP } from '../support/real/fleet.ts';
import { BOUTIQUE_IMAGES, KNOWN_APPS, type KnownApp, networksOf } from '../support/real/known-apps.ts';
import { containers, edgeUrls, LAB_NAME, theLab } from '../support/real/lab.ts';
import { addTag, pushStandIns } from '../support/real/stand-ins.ts';

function run(app: KnownApp, args: readonly string[]) {
  const registry = theLab().registry.replace('http://', '');
  const files = ['--inventory', theLab().inventory, '--file', TOP + app.file];
  return fleetOk([...args, ...files], { env: { BOUTIQUE_IMAGES: `${registry}/${BOUTIQUE_IMAGES}` } });
}

/** "from>to:way" of every call that the app's file declares. */
function declared(app: KnownApp): string[] {
  const networks = networksOf(app);
  return [...networks].flatMap(([from, own]) =>
    Object.keys(app.doors)
      .filter((to) => networks.get(to)?.some((network) => own.includes(network)))
      .flatMap((to) => ['name', 'vip'].map((way) => `${app.name}/${from}>${app.name}/${to}:${way}`)),
  );
}

/** The calls that were answered, of all that any container of these apps can try; the right answer only. */
async function answered(apps: readonly KnownApp[]): Promise<readonly string[]> {
  const vips = new Map((await Promise.all(apps.map(vipsOf))).flat());
  const names = apps.map(({ name }) => name);
  const callers = (await reachables()).filter(({ app }) => names.includes(app));
  const found = await Promise.all(
    callers.map(async (from) => {
      const calls = apps.flatMap((app) => callsTo(app, from, vips));
      const answers = await callAll(
        from,
        calls.map(({ call }) => call),
      );
      return calls.flatMap(({ call, answer }) => {
        const got = answers.get(call.label);
        if (got !== undefined && got !== answer)
          throw new Error(`${from.container} asked ${call.label}, and got ${got}`);
        return got === undefined ? [] : [`${from.app}/${from.service}>${call.label}`];
      });
    }),
  );
  // Two replicas of a service say the same twice.
  return [...new Set(found.flat())].sort();
}

function callsTo(app: KnownApp, from: Reachable, vips: ReadonlyMap<string, string>): { call: Call; answer: string }[] {
  return Object.entries(app.doors).flatMap(([service, { port, language, answer }]) => {
    const label = `${app.name}/${service}`;
    const vip = { call: { label: `${label}:vip`, at: vips.get(label) ?? 'none', port, language }, answer };
    return from.app === app.name
      ? [vip, { call: { label: `${label}:name`, at: service, port, language }, answer }]
      : [vip];
  });
}

async function vipsOf({ name }: KnownApp): Promise<[string, string][]> {
  const { stdout } = await rootExec('vm1', ['cat', `/home/deploy/.fleet/router/current/${name}/meta.json`], {
    labName: LAB_NAME,
  });
  const meta = JSON.parse(stdout) as { readonly services: Readonly<Record<string, { readonly vip: string }>> };
  return Object.entries(meta.services).map(([service, { vip }]) => [`${name}/${service}`, vip]);
}

beforeAll(async () => {
  const { registry } = theLab();
  await pushStandIns(
    registry,
    KNOWN_APPS.flatMap(({ standIns }) => standIns),
  );
  await addTag(registry, 'library/redis', '7', 'alpine');
  await addTag(registry, 'library/postgres', '15', '15-alpine');
});
afterAll(async () => {
  for (const app of KNOWN_APPS) await run(app, ['remove', '--yes', '--volumes']);
});

test.each(KNOWN_APPS)(
  '$name is planned and deployed as its file is, and the same again is nothing to do',
  async (app) => {
    await run(app, ['plan']);
    await run(app, ['deploy', '--yes']);
    const running = (await containers()).filter(
      ({ name, state }) => name.startsWith(`${app.name}.`) && state === 'running',
    );
    expect(new Set(running.map(({ name }) => name.split('.')[1]))).toEqual(new Set(networksOf(app).keys()));
    await run(app, ['plan', '--detailed-exitcode']);
  },
);

test('every declared path answers, every other one is refused, within an app and between apps', async () => {
  expect(await answered(KNOWN_APPS)).toEqual(KNOWN_APPS.flatMap(declared).sort());
});

test('what is published answers on every edge', async () => {
  for (const url of edgeUrls()) {
    for (const { name, published } of KNOWN_APPS) {
      for (const [port, service] of Object.entries(published)) {
        const answer = await fetch(`${url}:${port}/`, { signal: AbortSignal.timeout(5_000) });
        expect((await answer.text()).trim(), `${url}:${port}`).toBe(`${name}/${service}`);
      }
    }
  }
});

test('an app that is removed leaves the others as they are', async () => {
  const [gone, ...others] = KNOWN_APPS;
  if (gone === undefined) throw new Error('no apps');
  const before = (await containers()).filter(({ name }) => !name.startsWith(`${gone.name}.`));
  await run(gone, ['remove', '--yes', '--volumes']);
  expect(await containers()).toEqual(before);
  expect(await answered(others)).toEqual(others.flatMap(declared).sort());
});
