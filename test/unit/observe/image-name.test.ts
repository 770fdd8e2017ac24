import { expect, test } from 'vitest';
import { parseImageName } from '../../../src/observe/image/image-name.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test.each([
  ['nginx', { registry: 'docker.io', repository: 'library/nginx', tag: 'latest' }],
  ['ann/web:1.2', { registry: 'docker.io', repository: 'ann/web', tag: '1.2' }],
  ['docker.io/nginx:1', { registry: 'docker.io', repository: 'library/nginx', tag: '1' }],
  ['10.0.0.1:5000/web', { registry: '10.0.0.1:5000', repository: 'web', tag: 'latest' }],
  ['localhost/web:x', { registry: 'localhost', repository: 'web', tag: 'x' }],
  ['ghcr.io/a/b/c:v1', { registry: 'ghcr.io', repository: 'a/b/c', tag: 'v1' }],
  [`nginx@${DIGEST}`, { registry: 'docker.io', repository: 'library/nginx', digest: DIGEST }],
  [`nginx:1@${DIGEST}`, { registry: 'docker.io', repository: 'library/nginx', tag: '1', digest: DIGEST }],
])('%s is completed as Docker does', (written, name) => {
  expect(parseImageName(written)).toEqual(name);
});

test.each(['', 'x x', 'a/UPPER', 'nginx@sha256:1', 'a//b', 'nginx:', '-rm'])('"%s" is no image name', (written) => {
  expect(parseImageName(written)).toBeUndefined();
});
