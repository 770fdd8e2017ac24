/** Image names: what is pulled, what a host already has, and which nginx an image is. */
import type { HostUp, ImageFacts, Observed } from '../../model/observed.ts';

/** The image with its digest where that is known: "nginx:1.30@sha256:…". Docker takes this form as it is. */
export function pinned(image: string, facts: ImageFacts | undefined): string {
  return facts?.digest === undefined || image.includes('@') ? image : `${image}@${facts.digest}`;
}

/** True when the host has that very image. */
export function hasImage(host: HostUp, image: string, facts: ImageFacts | undefined): boolean {
  if (facts?.digest === undefined) return host.images.includes(`${familiarName(image)}:${tagOf(image)}`);
  return host.images.includes(imageReference(image, facts.digest));
}

/** "nginx@sha256:…": the image by its digest, as Docker on a host lists it. */
export function imageReference(image: string, digest: string): string {
  return `${familiarName(image)}@${digest}`;
}

/** Version of the nginx in the router image: from the image itself, else from its tag. Undefined: not known. */
export function routerVersion(image: string, observed: Observed): string | undefined {
  return observed.images[image]?.nginxVersion ?? /:(\d+\.\d+(?:\.\d+)?)/.exec(image)?.[1];
}

/** True when version is at least the wanted one; an unknown version is not. A missing patch number counts as high. */
export function atLeast(version: string | undefined, wanted: string): boolean {
  if (version === undefined) return false;
  const have = version.split('.').map(Number);
  for (const [index, need] of wanted.split('.').map(Number).entries()) {
    const part = have[index] ?? Number.POSITIVE_INFINITY;
    if (part !== need) return part > need;
  }
  return true;
}

/** Docker's short name of a repository: no docker.io/, no library/, no tag, no digest. */
function familiarName(image: string): string {
  const withoutDigest = image.split('@')[0] ?? image;
  const slash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', slash + 1);
  const name = colon === -1 ? withoutDigest : withoutDigest.slice(0, colon);
  return name.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
}

function tagOf(image: string): string {
  const slash = image.lastIndexOf('/');
  const colon = image.indexOf(':', slash + 1);
  return colon === -1 ? 'latest' : image.slice(colon + 1);
}
