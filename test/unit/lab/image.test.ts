import { describe, expect, it } from 'vitest';
import { describeImage } from '../../../src/lab/image/manifest.ts';
import { busybox, userFiles } from '../../../src/lab/image/recipe/base.ts';
import { nginx } from '../../../src/lab/image/recipe/nginx.ts';
import { node } from '../../../src/lab/image/recipe/node.ts';
import { postgres } from '../../../src/lab/image/recipe/postgres.ts';
import { redis } from '../../../src/lab/image/recipe/redis.ts';

const LAYERS = [
  { digest: `sha256:${'a'.repeat(64)}`, bytes: 10 },
  { digest: `sha256:${'b'.repeat(64)}`, bytes: 20 },
];

describe('describeImage', () => {
  it('names the config by its digest and the layers in their order', () => {
    const texts = describeImage({ Cmd: ['sh'] }, 'amd64', LAYERS);
    const manifest = JSON.parse(texts.manifest);
    const config = JSON.parse(texts.config);
    expect(manifest.config).toMatchObject({ digest: texts.configDigest, size: Buffer.byteLength(texts.config) });
    expect(manifest.layers.map((layer: { digest: string }) => layer.digest)).toEqual(LAYERS.map((one) => one.digest));
    expect(config.rootfs.diff_ids).toEqual(LAYERS.map((one) => one.digest));
    expect(config).toMatchObject({ architecture: 'amd64', os: 'linux', config: { Cmd: ['sh'] } });
  });

  it('gives the same texts for the same image', () => {
    const texts = () => describeImage(nginx.run('1.30.6'), 'amd64', LAYERS);
    expect(texts()).toEqual(texts());
  });
});

describe('recipes', () => {
  it('have the names of the official images', () => {
    const names = [busybox, nginx, postgres, redis].map((recipe) => `${recipe.repository}:${recipe.tag}`);
    expect(names).toEqual(['library/busybox:1', 'library/nginx:1.30', 'library/postgres:15', 'library/redis:7']);
    expect(node.repository).toBe('library/node');
  });

  it('stop as the official images do', () => {
    expect(nginx.run('1.30.6')).toMatchObject({ StopSignal: 'SIGQUIT', Cmd: ['nginx', '-g', 'daemon off;'] });
    expect(postgres.run('15.18').StopSignal).toBe('SIGINT');
    expect(redis.run('7.0.15').StopSignal).toBeUndefined();
  });

  it('nginx loads its modules first', () => {
    const config = nginx.files?.find((file) => file.path === '/etc/nginx/nginx.conf')?.text ?? '';
    expect(config.split('\n')[0]).toBe('include /etc/nginx/modules-enabled/*.conf;');
  });

  it('have their own user beside the ones of Debian', () => {
    const users = userFiles(redis.user).find((file) => file.path === '/etc/passwd')?.text ?? '';
    expect(users).toContain('redis:x:999:999::/home/redis:/bin/sh\n');
    expect(users).toContain('www-data:x:33:33:');
  });
});
