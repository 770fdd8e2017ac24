import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type LoadedPlaybook, loadPlaybook } from '../../../../src/load/index.ts';
import { type FleetError, FleetErrors } from '../../../../src/model/error.ts';

/** A folder with a project in `app` and files beside it. */
function folder(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'fleet-unit-mounts-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ 'home/x': '', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function load(root: string, volumes: string, more = ''): Promise<LoadedPlaybook> {
  const file = join(root, 'app/compose.yaml');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${more}services:\n  web:\n    image: web:1\n    volumes: ${volumes}\nvolumes: { data: }\n`);
  return loadPlaybook({ files: [file], env: { PWD: join(root, 'app') }, home: join(root, 'home') });
}

async function problems(root: string, volumes: string, more = ''): Promise<string[]> {
  const error = await load(root, volumes, more).catch((cause: unknown) => cause);
  if (!(error instanceof FleetErrors)) throw new Error('no problem');
  return error.problems.map((one: FleetError) => {
    const { line, column } = one.location ?? {};
    return `${one.code} ${line}:${column} ${one.message.replaceAll(root, 'ROOT')}`;
  });
}

/** The mounts, with what is carried for each. */
function mountsOf({ playbook }: LoadedPlaybook): string[] {
  return (playbook.services[0]?.mounts ?? []).map((mount) => {
    if (mount.kind !== 'carried') return `${mount.kind} ${mount.target}`;
    const entries = playbook.carried[mount.digest] ?? [];
    return `carried ${mount.target}: ${entries.map(({ kind, path }) => `${kind} ${path}`).join(', ')}`;
  });
}

const SITE = { 'app/conf/a': '1', 'shared/b': '2', 'home/c': '3', 'hosts/d': '4' };

test('paths that are written relative are carried, absolute ones are the hosts’ own', async () => {
  const root = folder(SITE);
  const loaded = await load(root, `[ ./conf:/a, ../shared/b:/b, ~/c:/c, ${root}/hosts:/d, data:/e ]`);
  expect(mountsOf(loaded)).toEqual([
    'carried /a: folder , file a',
    'carried /b: file ',
    'carried /c: file ',
    'bind /d',
    'volume /e',
  ]);
  expect(loaded.notes).toEqual([
    'services.web.volumes[0]: ./conf is carried to the hosts and read-only there',
    'services.web.volumes[1]: ../shared/b is carried to the hosts and read-only there',
    'services.web.volumes[2]: ~/c is carried to the hosts and read-only there',
  ]);
});

test('the long form is the same, and a mount that is read-only anyway needs no note', async () => {
  const root = folder(SITE);
  const loaded = await load(root, '[ { type: bind, source: conf, target: /a, read_only: true }, ./conf:/b:ro ]');
  expect(mountsOf(loaded)).toEqual(['carried /a: folder , file a', 'carried /b: folder , file a']);
  expect(Object.keys(loaded.playbook.carried)).toHaveLength(1);
  expect(loaded.notes).toEqual([]);
});

test('an absolute path in the project’s folder is carried when it is there, else it is the hosts’ own', async () => {
  const root = folder(SITE);
  const { notes, ...loaded } = await load(root, '[ "${PWD}/conf:/a:ro", "${PWD}/none:/b:ro" ]');
  expect(mountsOf({ notes, ...loaded })).toEqual(['carried /a: folder , file a', 'bind /b']);
  expect(notes.map((note) => note.replace(root, 'ROOT'))).toEqual([
    "services.web.volumes[0]: ROOT/app/conf is in the project's folder, so it is carried to the hosts",
  ]);
});

test('the digest is that of the content, wherever the project lies', async () => {
  const [one, other] = await Promise.all([folder(SITE), folder(SITE)].map((root) => load(root, '[ ./conf:/a ]')));
  expect(one?.playbook.services).toEqual(other?.playbook.services);
  expect(one?.playbook.carried).toEqual(other?.playbook.carried);
});

test('what is missing or too large is a problem at the mount that names it, all in one run', async () => {
  const root = folder({ ...SITE, 'app/large': 'x'.repeat(11 * 2 ** 20) });
  expect(await problems(root, '[ ./none:/a, ./large:/b, ./conf:/c ]')).toEqual([
    'E_FILE 4:16 services.web.volumes[0].source: ROOT/app/none: there is no such file or folder to carry to the hosts',
    'E_VALUE 4:27 services.web.volumes[1].source: ROOT/app/large holds 11 MiB; at most 10 MiB are carried to hosts',
  ]);
});

test('one missing file is one problem, at all its mounts, with the named volume that it may be', async () => {
  const root = folder(SITE);
  const file = join(root, 'app/compose.yaml');
  const text = `x-app: &app
  image: app:1
  volumes: ["./data:/var/lib/x"]
services:
  a: { <<: *app }
  b: { <<: *app }
  c: { image: app:1, volumes: ["./data:/d", "./conf.d:/e:ro"] }
`;
  writeFileSync(file, text);
  const error = await loadPlaybook({ files: [file], env: { PWD: join(root, 'app') }, home: root }).catch(
    (cause) => cause,
  );
  if (!(error instanceof FleetErrors)) throw new Error('no problem');
  const shown = error.problems.map(({ message, notes, hint, related }) => ({
    message: message.replaceAll(root, ''),
    notes,
    hint,
    related: related.map(({ location, message: said }) => `${location.line}:${location.column} ${said}`),
  }));
  expect(shown).toEqual([
    {
      message: 'services.a.volumes[0].source: /app/data: there is no such file or folder to carry to the hosts',
      notes: ['the same in b'],
      hint: 'if the service writes there, use a named volume: "data:/var/lib/x"; if it only reads it, make it',
      related: ['7:32 and here'],
    },
    {
      message: 'services.c.volumes[1].source: /app/conf.d: there is no such file or folder to carry to the hosts',
      notes: [],
      hint: 'make it',
      related: [],
    },
  ]);
});

test('the limit can be set at the top of the playbook', async () => {
  const root = folder({ ...SITE, 'app/large': 'x'.repeat(11 * 2 ** 20) });
  const more = await load(root, '[ ./large:/b ]', 'x-fleet: { carry_limit: 12MiB }\n');
  expect(mountsOf(more)).toEqual(['carried /b: file ']);
  expect(await problems(root, '[ ./conf:/b ]', 'x-fleet: { carry_limit: 0b }\n')).toEqual([
    expect.stringContaining('at most 0 MiB are carried'),
  ]);
  expect(await problems(root, '[ ./conf:/b ]', 'x-fleet: { carry_limit: much }\n')).toEqual([
    expect.stringMatching(/^E_VALUE 1:25 x-fleet.carry_limit/),
  ]);
});

test('places for mounts within a carried folder are part of it', async () => {
  const root = folder(SITE);
  const loaded = await load(root, '[ ./conf:/app:ro, data:/app/data, /app/node_modules, ../shared/b:/app/etc/b:ro ]');
  expect(mountsOf(loaded)[0]).toBe(
    'carried /app: folder , file a, folder data, folder etc, file etc/b, folder node_modules',
  );
});

test('a path of the host that is written to has one writer, and the plan says whose it is', async () => {
  const root = folder(SITE);
  const rolloutOf = async (volumes: string, more = '') => {
    const { playbook, notes } = await load(root, volumes, more);
    return [playbook.services[0]?.rollout.kind, ...notes];
  };
  expect(await rolloutOf('[ "/data/db:/var/lib/mysql" ]')).toEqual([
    'recreate',
    'services.web.volumes[0]: /data/db is of the host that it runs on; ' +
      'deploy.placement.constraints: [node.hostname == HOST] keeps the service there',
  ]);
  const kept = '["/data:/d"]\n    deploy: { placement: { constraints: [node.hostname == vm1] } }';
  expect(await rolloutOf(kept)).toEqual(['recreate']);
  for (const harmless of ['/data:/d:ro', '/var/run/docker.sock:/s', '/:/rootfs', '/etc/localtime:/l', '/proc:/p']) {
    expect(await rolloutOf(`[ "${harmless}" ]`)).toEqual(['blue-green']);
  }
  expect(await rolloutOf('[ "./conf:/c:ro" ]')).toEqual(['blue-green']);
});

test('what is recreated for what it writes to on its host has nothing that stays warm, and a note says so', async () => {
  const root = folder(SITE);
  const placed = 'deploy: { placement: { constraints: [node.hostname == vm1] } }';
  const { playbook, notes } = await load(root, `["/data:/d"]\n    ${placed}\n    x-fleet: { rollout: { bake: 5m } }`);
  expect(playbook.services[0]?.rollout.kind).toBe('recreate');
  expect(notes).toEqual(['services.web.x-fleet.rollout.bake: not used, what writes to /data is recreated']);
});

test('a rollout that the file names holds for paths of the host, too', async () => {
  const root = folder(SITE);
  const { playbook } = await load(root, '["/data:/d"]\n    x-fleet: { rollout: blue-green }');
  expect(playbook.services[0]?.rollout.kind).toBe('blue-green');
});
