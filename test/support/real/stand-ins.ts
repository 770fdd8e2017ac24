/** Small images under the names of large ones: they listen where the real one does and say who they are. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Layer, makeLayer } from '../../../src/lab/image/layer.ts';
import { describeImage, imageArchitecture, MANIFEST_TYPE } from '../../../src/lab/image/manifest.ts';
import { pushImage } from '../../../src/lab/image/push.ts';

/** One image. */
export interface StandIn {
  /** As a registry has it: `library/wordpress`. */
  readonly repository: string;
  readonly tag: string;
  /** Where it answers HTTP requests; exposed by the image. */
  readonly ports: readonly number[];
  /** What it answers. */
  readonly says: string;
}

/** Puts the stand-ins into the registry, on top of the lab's own busybox. */
export async function pushStandIns(registry: string, standIns: readonly StandIn[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-stand-ins-'));
  try {
    const base = await layersOf(registry, folder);
    for (const standIn of standIns) await pushOne(registry, standIn, base, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives an image of the registry a further tag. */
export async function addTag(registry: string, repository: string, tag: string, further: string): Promise<void> {
  const body = await (await ask(`${registry}/v2/${repository}/manifests/${tag}`)).text();
  const headers = { 'content-type': MANIFEST_TYPE };
  await ask(`${registry}/v2/${repository}/manifests/${further}`, { method: 'PUT', headers, body });
}

async function pushOne(
  registry: string,
  { repository, tag, ports, says }: StandIn,
  base: readonly Layer[],
  folder: string,
): Promise<void> {
  const root = join(folder, repository);
  mkdirSync(join(root, 'www'), { recursive: true });
  writeFileSync(join(root, 'www', 'index.html'), `${says}\n`);
  const layers = [...base, await makeLayer(root, `${root}.tar`)];
  const serve = ports.map((port) => `busybox httpd -f -p ${port} -h /www &`).join(' ');
  const run = {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    // What a playbook says as `command` comes behind it, and changes nothing.
    Entrypoint: ['sh', '-c', `trap 'exit 0' TERM INT; ${serve} sleep 2147483647 & wait`, 'stand-in'],
    Cmd: [],
    ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])),
  };
  const texts = describeImage(run, imageArchitecture(process.arch), layers);
  await pushImage(registry, { repository, tag }, { texts, layers });
}

async function layersOf(registry: string, folder: string): Promise<Layer[]> {
  const busybox = `${registry}/v2/library/busybox`;
  const manifest = (await (await ask(`${busybox}/manifests/1`)).json()) as {
    readonly layers: readonly { readonly digest: string; readonly size: number }[];
  };
  return Promise.all(
    manifest.layers.map(async ({ digest, size }) => {
      const file = join(folder, digest.replace(':', '-'));
      writeFileSync(file, Buffer.from(await (await ask(`${busybox}/blobs/${digest}`)).arrayBuffer()));
      return { file, digest, bytes: size };
    }),
  );
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, { headers: { accept: MANIFEST_TYPE }, ...init, signal: AbortSignal.timeout(30_000) });
  if (answer.ok) return answer;
  throw new Error(`${init.method ?? 'GET'} ${url} was answered with ${answer.status}`);
}
