/** Programs of a simulated host that just-bash has not, or has otherwise than fleet's lines need them. */
import { posix } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Command, defineCommand, type ExecResult, type IFileSystem, latin1FromBytes } from 'just-bash';
import { extract, pack } from 'tar-stream';
import { kept } from './content.ts';
import type { Nginx } from './nginx.ts';

const DONE: ExecResult = { stdout: '', stderr: '', exitCode: 0 };

/** All of them. */
export function programs(nginx: Nginx): Command[] {
  return [umask, flock, tar, move, copy, remove, link, nginxTest(nginx), pgrep(nginx)];
}

/** Nobody but fleet is on the host. */
const umask = defineCommand('umask', async () => DONE);

/** Lines that lock run one after the other on a host (host.ts): whoever asks has it. */
const flock = defineCommand('flock', async () => DONE);

/** `tar -chzf - -- FILES` packs, all else unpacks standard input below the folder after -C. */
const tar = defineCommand('tar', async (words, { fs, cwd, stdin }) => {
  if (words[0] === '-chzf') return packed(words.slice(words.indexOf('--') + 1), fs, cwd);
  const at = words.indexOf('-C');
  if (at < 0 || !/^-xp?z?f$/.test(words[0] ?? '')) return failed('tar', `can not ${words.join(' ')}`);
  const folder = fs.resolvePath(cwd, words[at + 1] ?? '');
  if (!(await fs.exists(folder))) return failed('tar', `${folder}: Cannot open: No such file or directory`);
  const unpacked = extract();
  const bytes = Buffer.from(latin1FromBytes(stdin), 'latin1');
  unpacked.end(words[0]?.includes('z') === true ? gunzipSync(bytes) : bytes);
  for await (const entry of unpacked) {
    const { type, name, linkname } = entry.header;
    const path = posix.join(folder, name);
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
    if (type === 'directory') await fs.mkdir(path, { recursive: true });
    else if (type === 'symlink') await fs.symlink(linkname ?? '', path);
    else await fs.writeFile(path, kept(Buffer.concat(chunks)));
  }
  return DONE;
});

async function packed(names: readonly string[], fs: IFileSystem, cwd: string): Promise<ExecResult> {
  const archive = pack();
  for (const name of names) archive.entry({ name }, Buffer.from(await fs.readFileBuffer(fs.resolvePath(cwd, name))));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return { ...DONE, stdout: gzipSync(Buffer.concat(chunks)).toString('latin1'), stdoutKind: 'bytes' };
}

/** `mv -fT`: over a link, not into the folder that it leads to. All else as usual. */
const move = defineCommand('mv', async (words, { fs, cwd, origCommand }) => {
  if (words[0] !== '-fT') return (await origCommand?.(words)) ?? DONE;
  const [from = '', to = ''] = words.slice(1).map((path) => fs.resolvePath(cwd, path));
  const target = await fs.readlink(from);
  await relinked(fs, target, to);
  await fs.rm(from);
  return DONE;
});

/** `cp -P LINK FOLDER/` copies the link, not what it leads to; `cp -a` copies folders. */
const copy = defineCommand('cp', async (words, { fs, cwd, origCommand }) => {
  const [options, from = '', to = ''] = words;
  if (options !== '-P') return (await origCommand?.(words.map((word) => (word === '-a' ? '-r' : word)))) ?? DONE;
  const path = fs.resolvePath(cwd, from);
  await relinked(fs, await fs.readlink(path), `${fs.resolvePath(cwd, to)}/${posix.basename(path)}`);
  return DONE;
});

/** A link is removed, not what it leads to. All else as usual. */
const remove = defineCommand('rm', async (words, { fs, cwd, origCommand }) => {
  const rest: string[] = [];
  for (const word of words) {
    const path = fs.resolvePath(cwd, word);
    const isLink = !word.startsWith('-') && (await fs.lstat(path).catch(() => undefined))?.isSymbolicLink === true;
    if (isLink) await fs.rm(path);
    else rest.push(word);
  }
  const isAll = rest.every((word) => word.startsWith('-'));
  return isAll ? DONE : ((await origCommand?.(rest)) ?? DONE);
});

/** `ln -sfn TARGET LINK` */
const link = defineCommand('ln', async (words, { fs, cwd }) => {
  const [options, target = '', path = ''] = words;
  if (options !== '-sfn') return failed('ln', `can not ${words.join(' ')}`);
  await relinked(fs, target, fs.resolvePath(cwd, path));
  return DONE;
});

async function relinked(fs: IFileSystem, target: string, path: string): Promise<void> {
  await fs.rm(path, { force: true });
  await fs.symlink(target, path);
}

/** `nginx -t -q -c FILE` */
function nginxTest(nginx: Nginx): Command {
  return defineCommand('nginx', async (words) => {
    const complaints = await nginx.test(words[words.indexOf('-c') + 1] ?? '');
    return complaints.length === 0 ? DONE : failed('nginx', `[emerg] ${complaints.join('; ')}`);
  });
}

/** `pgrep -o -f TITLE` finds a master of the router, `pgrep -a -P PID` its workers: see reload.sh. */
function pgrep(nginx: Nginx): Command {
  return defineCommand('pgrep', async (words) => {
    const kinds = ['http', 'stream'] as const;
    const pids = kinds.map((kind) => nginx.pids(kind));
    const asked = words.at(-1) ?? '';
    const master = pids.find((_, index) => asked.includes(`fleet/${kinds[index]}`))?.master;
    const worker = pids.find((one) => asked === String(one.master))?.worker;
    const found = words[0] === '-o' ? master : worker && `${worker} nginx: worker process`;
    return found === undefined ? { ...DONE, exitCode: 1 } : { ...DONE, stdout: `${found}\n` };
  });
}

function failed(program: string, why: string): ExecResult {
  return { stdout: '', stderr: `${program}: ${why}\n`, exitCode: 1 };
}
