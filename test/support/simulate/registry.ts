/** The registry of a simulated fleet, at a loopback address of every host: it has every image that it is asked for. */
import { sha256 } from '../../../src/model/digest.ts';

/** Where hosts and playbooks find it: "127.0.0.1:5000/web:1". */
export const REGISTRY = { address: '127.0.0.1', port: 5000, name: '127.0.0.1:5000' } as const;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** The body of its answer to a GET (OCI distribution-spec); undefined for what no client of its own asks. */
export function registryAnswer(path: string): unknown {
  if (path === '/v2/') return {};
  const [, image = '', kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
  if (kind === 'blobs') return configOf(image);
  if (kind !== 'manifests') return undefined;
  // The tag makes another image of it.
  const annotations = { image, reference };
  const digest = `sha256:${sha256(JSON.stringify(configOf(image)))}`;
  return { schemaVersion: 2, mediaType: MANIFEST, config: { digest }, layers: [], annotations };
}

function configOf(image: string): unknown {
  const env = image === 'library/nginx' ? ['NGINX_VERSION=1.30.0'] : ['PATH=/bin'];
  return { architecture: 'amd64', os: 'linux', config: { Env: env, ExposedPorts: {} } };
}
