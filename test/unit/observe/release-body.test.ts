import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { canonicalJson, sha256 } from '../../../src/model/digest.ts';
import type { ReleaseBody } from '../../../src/model/release.ts';
import { readBody } from '../../../src/observe/release-body.ts';
import { playbook, service } from '../../support/compile/worlds.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LocalShell } from '../../support/local-shell.ts';

// A busy machine may take its time over 64 MiB; what is tested is not speed.
vi.setConfig({ testTimeout: 60_000 });

const BODY: ReleaseBody = { version: 1, playbook: playbook([service('größe')]), images: {} };
const TEXT = JSON.stringify(BODY);
const DIGEST = sha256(canonicalJson(BODY.playbook));

let shell: LocalShell;

beforeEach(() => {
  shell = new LocalShell(new FakeClock());
});

afterEach(() => shell.close());

/** Lays a record that names the digest, and bytes as its body. */
function lay(host: string, digest: string, packed?: Uint8Array): void {
  const folder = join(shell.home(host), '.fleet', 'shop', 'releases');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '000007.json'), `${JSON.stringify({ app: 'shop', release: 7, body: digest })}\n`);
  if (packed !== undefined) writeFileSync(join(folder, '000007.body.json.gz'), packed);
}

async function read(): Promise<ReleaseBody | undefined> {
  return readBody(shell, ['vm1', 'vm2'], 'shop', 7);
}

test('a body that has the digest of its record is read whole', async () => {
  lay('vm1', DIGEST, gzipSync(TEXT));
  expect(await read()).toEqual(BODY);
});

test('a keeper that is silent, has nothing, or has another or a half body is passed over', async () => {
  for (const packed of [undefined, gzipSync('{}'), gzipSync(TEXT).subarray(0, 40), Buffer.from('no gzip')]) {
    lay('vm1', DIGEST, packed);
    lay('vm2', DIGEST, gzipSync(TEXT));
    expect(await read()).toEqual(BODY);
  }
  shell.lost.add('vm1');
  expect(await read()).toEqual(BODY);
});

test('there is no body when no keeper has one, and when it unpacks to more than 64 MiB', async () => {
  expect(await read()).toBeUndefined();
  const bomb = Buffer.alloc(64 * 2 ** 20 + 1, 0x20);
  lay('vm1', sha256(bomb), gzipSync(bomb));
  expect(await read()).toBeUndefined();
});
