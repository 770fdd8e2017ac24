/** Endpoints: where the hosts' Docker would ask for an image, and by which way that can be reached from here. */
import { isIPv4 } from 'node:net';
import type { HostUp } from '../../model/observed.ts';
import { type Answer, type Dial, get } from './http.ts';
import { type ImageName, isDockerHub } from './image-name.ts';

/** What the hosts' Docker is told about registries. */
export interface RegistrySettings {
  readonly mirrors: readonly string[];
  /** "host:port", names or CIDRs. */
  readonly insecure: readonly string[];
}

/** A way to a network: this machine's own, or a host's. */
export interface Way {
  /** "from here" or "from vm1". */
  readonly title: string;
  readonly kind: 'here' | 'host';
  readonly dial: Dial;
}

/** A place that may have the image, before it was ever asked. */
export interface Candidate {
  /** "docker.io" or the mirror's address; for messages. */
  readonly title: string;
  /** The name under which credentials are kept. */
  readonly registry: string;
  /** In the order to try. */
  readonly bases: readonly URL[];
  readonly certificates: 'checked' | 'any';
}

/** A place that answered `GET /v2/`, and how it was reached. */
export interface Endpoint {
  readonly candidate: Candidate;
  readonly base: URL;
  readonly way: Way;
  /** WWW-Authenticate; "" when none is wanted. */
  readonly challenge: string;
}

/** Settings of all hosts that answered, each item once. */
export function registrySettings(hosts: readonly HostUp[]): RegistrySettings {
  return {
    mirrors: [...new Set(hosts.flatMap((host) => host.registryMirrors))],
    insecure: [...new Set([...hosts.flatMap((host) => host.insecureRegistries), '127.0.0.0/8', '::1/128'])],
  };
}

/** Mirrors first (for Docker Hub only), then the registry itself. */
export function candidatesFor(name: ImageName, settings: RegistrySettings): Candidate[] {
  const mirrors = isDockerHub(name) ? settings.mirrors.flatMap((mirror) => mirrorCandidate(mirror, settings)) : [];
  return [...mirrors, registryCandidate(name.registry, settings)];
}

/** Tries the ways in order, and on each way the schemes. Rejects with the last Error when nothing speaks the registry protocol. */
export async function reach(candidate: Candidate, ways: readonly Way[], timeoutMs: number): Promise<Endpoint> {
  let last = new Error('there is no way to it');
  for (const way of ways) {
    if (way.kind === 'here' && candidate.bases.some(isLoopback)) continue;
    for (const base of candidate.bases) {
      try {
        return await ping(candidate, base, way, timeoutMs);
      } catch (error) {
        last = new Error(`${way.title}: ${messageOf(error)}`);
      }
    }
  }
  throw last;
}

/** The innermost useful message of an error. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

async function ping(candidate: Candidate, base: URL, way: Way, timeoutMs: number): Promise<Endpoint> {
  const { certificates } = candidate;
  const answer: Answer = await get(new URL('/v2/', base), { dial: way.dial, timeoutMs, headers: {}, certificates });
  if (answer.status !== 200 && answer.status !== 401)
    throw new Error(`${base.host} answers ${answer.status} to GET /v2/`);
  return { candidate, base, way, challenge: answer.status === 401 ? (answer.headers['www-authenticate'] ?? '') : '' };
}

function mirrorCandidate(mirror: string, settings: RegistrySettings): Candidate[] {
  const base = URL.canParse(mirror) ? new URL(mirror) : undefined;
  if (base === undefined) return [];
  const certificates = isInsecure(base.host, settings.insecure) ? 'any' : 'checked';
  return [{ title: `mirror ${base.host}`, registry: base.host, bases: [base], certificates }];
}

/** Docker tries https even where it may fall back to http. */
function registryCandidate(registry: string, settings: RegistrySettings): Candidate {
  const address = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const insecure = isInsecure(registry, settings.insecure);
  const schemes = insecure ? ['https', 'http'] : ['https'];
  return {
    title: registry,
    registry,
    bases: schemes.flatMap((scheme) =>
      URL.canParse(`${scheme}://${address}`) ? [new URL(`${scheme}://${address}`)] : [],
    ),
    certificates: insecure ? 'any' : 'checked',
  };
}

function isInsecure(registry: string, insecure: readonly string[]): boolean {
  const host = registry.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host === '::1') return true;
  return insecure.some((entry) => entry === registry || entry === host || (isIPv4(host) && isInside(host, entry)));
}

function isInside(address: string, cidr: string): boolean {
  const [network = '', bits] = cidr.split('/');
  if (!isIPv4(network) || bits === undefined) return false;
  const shift = 32 - Number(bits);
  return Math.floor(toNumber(address) / 2 ** shift) === Math.floor(toNumber(network) / 2 ** shift);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** On a host, loopback is the host itself; from here it would be another machine. */
function isLoopback(base: URL): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(base.hostname);
}
