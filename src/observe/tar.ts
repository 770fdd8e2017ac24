/** Reading the small tar archive in which the probe sends files. Pure. Format: POSIX ustar, and GNU long names. */

const BLOCK = 512;

/** Path -> text of each regular file. What was cut off at the end is left out. */
export function readTar(archive: Buffer): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let longName = '';
  for (let at = 0; at + BLOCK <= archive.length; ) {
    const header = archive.subarray(at, at + BLOCK);
    const size = Number.parseInt(field(header, 124, 12), 8);
    if (header[0] === 0 || Number.isNaN(size)) break;
    const body = archive.subarray(at + BLOCK, at + BLOCK + size);
    if (body.length < size) break;
    const kind = String.fromCharCode(header[156] ?? 0);
    if (kind === 'L') longName = body.toString('utf8').replace(/\0.*$/s, '');
    else {
      if (kind === '0' || kind === '\0') files.set(longName === '' ? nameOf(header) : longName, body.toString('utf8'));
      longName = '';
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function nameOf(header: Buffer): string {
  const isPosix = field(header, 257, 6) === 'ustar';
  const prefix = isPosix && header[262] === 0 ? field(header, 345, 155) : '';
  const name = field(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function field(header: Buffer, at: number, length: number): string {
  return header
    .toString('utf8', at, at + length)
    .replace(/\0.*$/s, '')
    .trim();
}
