/** Mounts as words of `docker create`, and how named volumes are made. */
import type { BindMount, Mount, TmpfsMount, VolumeMount } from '../model/playbook.ts';

/** One word of `docker create`; `carriedFolder` is where the host keeps the app's carried files. */
export function mountWord(mount: Mount, carriedFolder: string): string {
  switch (mount.kind) {
    case 'volume':
      return volumeWord(mount);
    case 'nameless':
      return `--mount=type=volume,${csv('target', mount.target)}`;
    case 'bind':
      return bindWord(mount);
    case 'carried':
      return `--mount=type=bind,${csv('source', `${carriedFolder}/${mount.digest}/data`)},${csv('target', mount.target)},readonly`;
    case 'tmpfs':
      return tmpfsWord(mount);
    default:
      return mount satisfies never;
  }
}

/** `--mount` is a CSV record: a field with a comma or a quote goes into quotes. */
export function csv(name: string, value: string): string {
  const field = `${name}=${value}`;
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function volumeWord(mount: VolumeMount): string {
  const noCopy = mount.noCopy === undefined ? '' : ',volume-nocopy';
  return `--mount=type=volume,${csv('source', mount.volume)},${csv('target', mount.target)}${readOnly(mount)}${noCopy}`;
}

function bindWord(mount: BindMount): string {
  const propagation = mount.propagation === undefined ? '' : `,bind-propagation=${mount.propagation}`;
  return `--mount=type=bind,${csv('source', mount.source)},${csv('target', mount.target)}${readOnly(mount)}${propagation}`;
}

/** Only `--tmpfs` knows all words of mount(8). */
function tmpfsWord({ target, sizeBytes, mode, flags = [] }: TmpfsMount): string {
  const size = sizeBytes === undefined ? undefined : String(sizeBytes);
  const bits = mode?.toString(8);
  if (flags.length === 0) {
    const words = [
      ...(size === undefined ? [] : [`tmpfs-size=${size}`]),
      ...(bits === undefined ? [] : [`tmpfs-mode=${bits}`]),
    ];
    return `--mount=${['type=tmpfs', csv('target', target), ...words].join(',')}`;
  }
  const words = [
    ...(size === undefined ? [] : [`size=${size}`]),
    ...(bits === undefined ? [] : [`mode=${bits}`]),
    ...flags,
  ];
  return `--tmpfs=${target}:${words.join(',')}`;
}

function readOnly(mount: { readonly readOnly: boolean }): string {
  return mount.readOnly ? ',readonly' : '';
}
