/** What image names mean now: asked of registries as the hosts' Docker would, else of the hosts that have the image. */
import PQueue from 'p-queue';
import type { ImageFacts } from '../../model/observed.ts';
import { line } from '../../model/quote.ts';
import type { Shell } from '../../model/shell.ts';
import type { HostReport } from '../parse-host.ts';
import { listOf, parseJson, recordOf, textOf } from '../sections.ts';
import {
  type Candidate,
  candidatesFor,
  type Endpoint,
  messageOf,
  reach,
  registrySettings,
  type Way,
} from './endpoint.ts';
import { dialDirectly } from './http.ts';
import { type ImageName, isSameRepository, parseImageName } from './image-name.ts';
import { askRegistry, configFacts } from './registry.ts';

/** What resolving needs to know. */
export interface ResolveInput {
  readonly shell: Shell;
  /** Reports of the hosts that answered, by name, sorted. */
  readonly reports: ReadonlyMap<string, HostReport>;
  readonly credentials: Readonly<Record<string, string>>;
  /** Limit of each request, and of each attempt to reach a registry. */
  readonly timeoutMs: number;
}

/** Images at one time. */
const AT_ONCE = 16;

/** Facts by image name as written. Never rejects for a registry; an image that nobody knows says why in `problem`. */
export async function resolveImages(
  images: readonly string[],
  input: ResolveInput,
): Promise<Record<string, ImageFacts>> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const endpoints = new Map<string, Promise<Endpoint>>();
  const names = [...new Set(images)].sort();
  const facts = await Promise.all(names.map((image) => queue.add(() => resolveImage(image, input, endpoints))));
  return Object.fromEntries(
    names.flatMap((image, index) => {
      const found = facts[index];
      return found === undefined ? [] : [[image, found]];
    }),
  );
}

type Endpoints = Map<string, Promise<Endpoint>>;

async function resolveImage(image: string, input: ResolveInput, endpoints: Endpoints): Promise<ImageFacts> {
  const name = parseImageName(image);
  if (name === undefined) return unknown(undefined, `${image} is no image name`);
  const problems: string[] = [];
  for (const candidate of candidatesFor(name, registrySettings(hostsUp(input)))) {
    try {
      const endpoint = await endpointOf(candidate, input, endpoints);
      const { credentials, timeoutMs } = input;
      const architecture = hostsUp(input)[0]?.architecture ?? 'amd64';
      return await askRegistry(endpoint, { name, architecture, credentials, timeoutMs });
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  const digest = name.digest ?? runningDigest(image, input);
  return (
    (await askHosts(name, input)) ??
    (digest === undefined ? undefined : await askHosts({ ...name, digest }, input)) ??
    unknown(name.digest, [...new Set(problems)].join('; '))
  );
}

/** Each registry is reached once for all images: one that is down costs its time limit once. */
function endpointOf(candidate: Candidate, input: ResolveInput, endpoints: Endpoints): Promise<Endpoint> {
  const known = endpoints.get(candidate.title);
  if (known !== undefined) return known;
  const made = reach(candidate, waysOf(input), input.timeoutMs).catch((error) => {
    throw new Error(`${candidate.title} can not be reached ${messageOf(error)}`);
  });
  made.catch(() => undefined);
  endpoints.set(candidate.title, made);
  return made;
}

function waysOf(input: ResolveInput): Way[] {
  const here: Way = { title: 'from here', kind: 'here', dial: dialDirectly };
  const [first] = input.reports.keys();
  if (first === undefined) return [here];
  const { shell } = input;
  const dial: Way['dial'] = (address, port, timeoutMs) => shell.dial(first, address, port, timeoutMs);
  return [here, { title: `from ${first}`, kind: 'host', dial }];
}

/** The digest under which a host pulled the tag; hosts that disagree are no answer, for one of them is out of date. */
async function askHosts(name: ImageName, input: ResolveInput): Promise<ImageFacts | undefined> {
  const found = [...input.reports].flatMap(([host, report]) =>
    report.images.flatMap((row) => {
      const own = parseImageName(row.repository);
      const matches = name.digest === undefined ? row.tag === name.tag : row.digest === name.digest;
      const isIt = own !== undefined && isSameRepository(own, name) && matches && row.digest.startsWith('sha256:');
      return isIt ? [{ host, reference: `${row.repository}@${row.digest}`, digest: row.digest }] : [];
    }),
  );
  const [first] = found;
  if (first === undefined || found.some((other) => other.digest !== first.digest)) return undefined;
  const config = await inspectImage(first.host, first.reference, input.shell);
  const architecture = textOf(config.Architecture);
  return {
    digest: first.digest,
    source: 'host',
    ...configFacts(recordOf(config.Config)),
    architectures: architecture === '' ? [] : [architecture],
  };
}

/**
 * The digest that fleet's own containers of that image run: what fleet pulls has a digest on the hosts, and no tag, so
 * without this a registry that is down would restart everybody. Of each app the newest release counts.
 */
function runningDigest(image: string, input: ResolveInput): string | undefined {
  const newest = new Map<string, { readonly release: number; readonly digest: string }>();
  for (const { app, image: written, imageDigest: digest, release } of hostsUp(input).flatMap((up) => up.containers)) {
    if (written !== image || digest === undefined || release < (newest.get(app)?.release ?? 0)) continue;
    newest.set(app, { release, digest });
  }
  const routers = hostsUp(input).flatMap(({ router }) => {
    const [written, digest] = router.container?.image.split('@') ?? [];
    return written === image && digest !== undefined ? [digest] : [];
  });
  const digests = new Set([...[...newest.values()].map(({ digest }) => digest), ...routers]);
  return digests.size === 1 ? [...digests][0] : undefined;
}

async function inspectImage(host: string, reference: string, shell: Shell): Promise<Readonly<Record<string, unknown>>> {
  const command = line('docker', 'image', 'inspect', '--', reference);
  const result = await shell.run(host, command, { timeoutMs: 5_000 }).catch(() => undefined);
  return recordOf(listOf(parseJson(result?.stdout ?? ''))[0]);
}

function hostsUp(input: ResolveInput) {
  return [...input.reports.values()].flatMap(({ state }) => (state.reachable ? [state] : []));
}

function unknown(digest: string | undefined, problem: string): ImageFacts {
  return {
    ...(digest === undefined ? {} : { digest }),
    source: 'none',
    hasHealthcheck: false,
    architectures: [],
    problem,
  };
}
