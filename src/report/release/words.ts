/** Images and digests as people say them. */

/** "ghcr.io/shop/backend:1.5@sha256:9f3c1e…" -> "backend:1.5@9f3c1e". */
export function shortImage(image: string): string {
  const [name = '', digest] = image.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  return digest === undefined ? last : `${last}@${shortHex(digest)}`;
}

/** The first six hex digits, without "sha256:". */
export function shortHex(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 6);
}
