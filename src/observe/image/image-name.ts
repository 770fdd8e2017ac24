/** Image names: registry, repository, and tag or digest, completed as Docker does (distribution/reference). Pure. */

/** A complete image name. */
export interface ImageName {
  /** "docker.io", "ghcr.io", "10.0.0.1:5000". */
  readonly registry: string;
  /** "library/nginx". */
  readonly repository: string;
  /** Absent when there is a digest only. */
  readonly tag?: string;
  /** "sha256:…". */
  readonly digest?: string;
}

const DOCKER_HUB = 'docker.io';

/** One part of a repository's path. */
const PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** The name in full: `nginx` is docker.io, library/nginx, tag latest. Undefined when it is no image name. */
export function parseImageName(written: string): ImageName | undefined {
  const [beforeDigest = '', digest] = written.split('@');
  const match = /^(.+?)(?::([\w][\w.-]{0,127}))?$/.exec(beforeDigest);
  const path = match?.[1] ?? '';
  const tag = match?.[2];
  const { registry, repository } = splitPath(path);
  if (!repository.split('/').every((part) => PART.test(part))) return undefined;
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined;
  return {
    registry,
    repository,
    ...(digest === undefined ? { tag: tag ?? 'latest' } : { ...(tag === undefined ? {} : { tag }), digest }),
  };
}

/** Whether both name the same repository of the same registry. */
export function isSameRepository(left: ImageName, right: ImageName): boolean {
  return left.registry === right.registry && left.repository === right.repository;
}

/** Whether only Docker Hub, and so the mirrors of Docker Hub, can have it. */
export function isDockerHub(name: ImageName): boolean {
  return name.registry === DOCKER_HUB;
}

/** The first part is a registry when it looks like a host: a dot, a port, or localhost. */
function splitPath(path: string): { readonly registry: string; readonly repository: string } {
  const slash = path.indexOf('/');
  const first = slash < 0 ? '' : path.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (isHost && first !== DOCKER_HUB && first !== 'index.docker.io') {
    return { registry: first, repository: path.slice(slash + 1) };
  }
  const rest = isHost ? path.slice(slash + 1) : path;
  return { registry: DOCKER_HUB, repository: rest.includes('/') ? rest : `library/${rest}` };
}
