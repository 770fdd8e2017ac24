/** The body of a release as a keeper has it: read, unpacked, and held against the digest in its record. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { canonicalJson, sha256 } from '../model/digest.ts';
import { FleetError } from '../model/error.ts';
import { line } from '../model/quote.ts';
import { numbered, type ReleaseBody } from '../model/release.ts';
import type { Shell } from '../model/shell.ts';
import { wholeOutput } from './output.ts';
import { isRecord, parseJson, recordOf } from './sections.ts';

/** More than this no body has once it is unpacked: carried files are in it, and each of those files is below. */
const LIMIT_BYTES = 64 * 2 ** 20;

/** Between the record and the body; no line of either can be this one. */
const BETWEEN = '@@body';

/** The record, then the body as it lies there: packed, so that little goes over the wire. */
const SCRIPT = `
cd "$HOME/.fleet/$1/releases" 2>/dev/null || exit 0
cat "$2.json" 2>/dev/null
printf '\\n${BETWEEN}\\n'
if [ -f "$2.body.json.gz" ]; then base64 <"$2.body.json.gz"; fi
`.trim();

/**
 * What the release asked for, from the first keeper that has it whole; undefined when none has. Keepers that do not
 * answer are passed over. A body counts only when the record beside it names its playbook's SHA-256.
 */
export async function readBody(
  shell: Shell,
  keepers: readonly string[],
  app: string,
  release: number,
): Promise<ReleaseBody | undefined> {
  const command = line('sh', '-c', SCRIPT, 'fleet-body', app, numbered(release));
  for (const keeper of keepers) {
    const body = await bodyIn(await readKeeper(shell, keeper, command));
    if (body !== undefined) return body;
  }
  return undefined;
}

async function readKeeper(shell: Shell, keeper: string, command: string): Promise<string> {
  try {
    return await wholeOutput(shell, keeper, command);
  } catch (error) {
    if (error instanceof FleetError) return '';
    throw error;
  }
}

async function bodyIn(output: string): Promise<ReleaseBody | undefined> {
  const [record = '', packed = ''] = output.split(`\n${BETWEEN}\n`);
  const digest = recordOf(parseJson(record)).body;
  const text = packed.trim() === '' ? undefined : await unpacked(Buffer.from(packed, 'base64'));
  const body = parseJson(text?.toString('utf8') ?? '');
  if (!isRecord(body) || body.version !== 1 || sha256(canonicalJson(body.playbook)) !== digest) return undefined;
  // Whoever wrote the record wrote the body: what has its digest has its shape.
  return body as unknown as ReleaseBody;
}

/** Undefined for bytes that are cut off, are no gzip, or are more than the limit. */
async function unpacked(bytes: Buffer): Promise<Buffer | undefined> {
  return promisify(gunzip)(bytes, { maxOutputLength: LIMIT_BYTES }).catch(() => undefined);
}
