/** Relative paths of a file become absolute: "~" is the home folder, the rest begins at the folder of the file. */
import { isAbsolute, join, posix } from 'node:path';
import { type Form, formatScalar, parsed, type Setting } from './forms.ts';

/** A path on this machine. */
export const localPath: Form = (tree, path, setting) =>
  parsed((value) => absolute(value, setting))(tree, path, setting);

/** A folder, or the address of a repository, image or service, which stays as it is. */
export const contextPath: Form = (tree, path, setting) =>
  tree.kind === 'scalar' && isRemote(formatScalar(tree.value)) ? tree : localPath(tree, path, setting);

/** The path from the root. An absolute one stays as it was written. */
export function absolute(path: string, { folder, home }: Setting): string {
  if (path.startsWith('~')) return join(home, path.slice(1));
  return isAbsolute(path) ? path : withoutSlash(join(folder, path));
}

/** A path in a container without "..", doubled slashes and a slash at its end. */
export function cleaned(path: string): string {
  return withoutSlash(posix.normalize(path));
}

function isRemote(context: string): boolean {
  return (
    context.includes('://') ||
    /^(git@|github\.com\/)/.test(context) ||
    /^(service|target|docker-image|oci-layout):/.test(context)
  );
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
