/** One image at one registry: token, manifest, configuration. Protocol: OCI distribution-spec. */
import { sha256 } from '../../model/digest.ts';
import type { ImageFacts } from '../../model/observed.ts';
import { listOf, parseJson, recordOf, textOf } from '../sections.ts';
import type { Endpoint } from './endpoint.ts';
import { type Answer, get } from './http.ts';
import type { ImageName } from './image-name.ts';

/** How images are asked for. */
export interface Query {
  readonly name: ImageName;
  /** Docker's name of the architecture whose configuration is read. */
  readonly architecture: string;
  /** Base64 of "user:password" by registry, as in ~/.docker/config.json `auths`. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Limit of each request. */
  readonly timeoutMs: number;
}

const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

type Json = Readonly<Record<string, unknown>>;

/** What can be asked of one repository. */
type Fetch = (path: string, accept: string) => Promise<Answer>;

/**
 * Digest of the top-level document, which is what `docker pull name@digest` takes, and facts from the configuration.
 * Rejects with Error when the registry has no such image or gives no useful answer.
 */
export async function askRegistry(endpoint: Endpoint, query: Query): Promise<ImageFacts> {
  const fetch = await authorize(endpoint, query);
  const { name } = query;
  const top = await fetch(`manifests/${name.digest ?? name.tag ?? 'latest'}`, [...INDEXES, ...MANIFESTS].join(', '));
  const digest = `sha256:${sha256(top.body)}`;
  if (name.digest !== undefined && name.digest !== digest)
    throw new Error(`${endpoint.candidate.title} answers ${digest} for ${name.digest}`);
  const document = recordOf(parseJson(top.body.toString('utf8')));
  const children = listOf(document.manifests).map(recordOf);
  const architectures = architecturesOf(children);
  const manifest = children.length === 0 ? document : await childManifest(fetch, children, query.architecture);
  const config = await readConfig(fetch, manifest);
  const own = textOf(config.architecture);
  return {
    digest,
    source: 'registry',
    ...configFacts(recordOf(config.config)),
    architectures: architectures.length > 0 || own === '' ? architectures : [own],
  };
}

/** Facts in an image configuration, as registries and `docker image inspect` have it. */
export function configFacts(config: Json): Pick<ImageFacts, 'exposed' | 'hasHealthcheck' | 'nginxVersion'> {
  const version = listOf(config.Env)
    .map(textOf)
    .find((entry) => entry.startsWith('NGINX_VERSION='))
    ?.slice('NGINX_VERSION='.length);
  const test = listOf(recordOf(config.Healthcheck).Test);
  // What could not be read is empty; no image that runs anything has an empty configuration.
  const isEmpty = Object.keys(config).length === 0;
  return {
    ...(isEmpty ? {} : { exposed: Object.keys(recordOf(config.ExposedPorts)).sort() }),
    hasHealthcheck: test.length > 0 && test[0] !== 'NONE',
    ...(version === undefined ? {} : { nginxVersion: version }),
  };
}

async function childManifest(fetch: Fetch, children: readonly Json[], architecture: string): Promise<Json> {
  const own = children.find((child) => recordOf(child.platform).architecture === architecture) ?? children[0];
  const answer = await fetch(`manifests/${textOf(own?.digest)}`, MANIFESTS.join(', '));
  return recordOf(parseJson(answer.body.toString('utf8')));
}

/** An empty configuration where there is none to read: the digest is worth more than the rest. */
async function readConfig(fetch: Fetch, manifest: Json): Promise<Json> {
  const digest = textOf(recordOf(manifest.config).digest);
  if (digest === '') return {};
  const answer = await fetch(`blobs/${digest}`, '*/*').catch(() => undefined);
  return recordOf(parseJson(answer?.body.toString('utf8') ?? ''));
}

/** Attestations are listed beside images, with the platform "unknown". */
function architecturesOf(children: readonly Json[]): string[] {
  const names = children.map((child) => textOf(recordOf(child.platform).architecture));
  return [...new Set(names.filter((name) => name !== '' && name !== 'unknown'))].sort();
}

async function authorize(endpoint: Endpoint, query: Query): Promise<Fetch> {
  const { way, base, candidate } = endpoint;
  const { timeoutMs, name } = query;
  const how = { dial: way.dial, timeoutMs, certificates: candidate.certificates };
  const authorization = await authorizationFor(endpoint, query);
  const headers: Record<string, string> = authorization === '' ? {} : { authorization };
  return async (path, accept) => {
    const answer = await get(new URL(`/v2/${name.repository}/${path}`, base), {
      ...how,
      headers: { ...headers, accept },
    });
    if (answer.status !== 200) throw new Error(refusal(endpoint, query, answer.status));
    return answer;
  };
}

async function authorizationFor(endpoint: Endpoint, query: Query): Promise<string> {
  const { challenge, candidate, way } = endpoint;
  const login = query.credentials[candidate.registry];
  const basic = login === undefined ? '' : `Basic ${login}`;
  if (!/^bearer /i.test(challenge)) return challenge === '' ? '' : basic;
  const fields = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2] ?? '']));
  const url = new URL(fields.get('realm') ?? '');
  const service = fields.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${query.name.repository}:pull`);
  const headers: Record<string, string> = basic === '' ? {} : { authorization: basic };
  const { certificates } = candidate;
  const answer = await get(url, { dial: way.dial, timeoutMs: query.timeoutMs, headers, certificates });
  const token = recordOf(parseJson(answer.body.toString('utf8')));
  if (answer.status !== 200) throw new Error(refusal(endpoint, query, answer.status));
  return `Bearer ${textOf(token.token) === '' ? textOf(token.access_token) : textOf(token.token)}`;
}

function refusal(endpoint: Endpoint, { name }: Query, status: number): string {
  const image = `${name.repository}${name.digest === undefined ? `:${name.tag}` : `@${name.digest}`}`;
  if (status === 404) return `${endpoint.candidate.title} has no ${image}`;
  if (status === 401 || status === 403)
    return `${endpoint.candidate.title} does not let us read ${image} (${status}): docker login`;
  return `${endpoint.candidate.title} answers ${status} for ${image}`;
}
