/**
 * How secrets and configs get into a container between its creation and its start: as tar streams into `docker cp`. A
 * read-only container takes files into volumes only, so each folder that gets files becomes a nameless volume there.
 */
import type { ArchiveEntry, Stdin } from '../model/plan.ts';
import type { FileGrant, Playbook, Service } from '../model/playbook.ts';
import { line } from '../model/quote.ts';

/** Files for one folder of a container. */
export interface Delivery {
  /** Absolute; "/" for all files of a container that can be written to. */
  readonly folder: string;
  readonly stdin: Stdin;
}

/** A shell line and what it reads. */
export interface Fed {
  readonly line: string;
  readonly stdin?: Stdin;
}

/** What is delivered to the service's containers; `fileKey` names a config in `Plan.files`. */
export function deliveriesOf(service: Service, playbook: Playbook, fileKey: (config: string) => string): Delivery[] {
  const folders = new Map<string, ArchiveEntry[]>();
  const add = (grant: FileGrant, content: ArchiveEntry['content']): void => {
    const folder = folderOf(service, grant);
    const path = grant.target.slice(folder.length).replace(/^\/+/, '');
    const entry = { path, mode: grant.mode, uid: grant.uid, gid: grant.gid, content };
    folders.set(folder, [...(folders.get(folder) ?? []), entry]);
  };
  for (const grant of service.secrets) {
    add(grant, { kind: 'secret', name: grant.source, digest: playbook.secrets[grant.source] ?? '' });
  }
  for (const grant of service.configs) add(grant, { kind: 'file', digest: fileKey(grant.source) });
  return [...folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, entries]) => {
      const ordered = entries.sort((a, b) => (a.path < b.path ? -1 : 1));
      return { folder, stdin: { kind: 'archive', entries: ordered } };
    });
}

/** Folders that become nameless volumes. */
export function deliveryVolumes(service: Service): string[] {
  const folders = [...service.secrets, ...service.configs].map((grant) => folderOf(service, grant));
  return [...new Set(folders)].filter((folder) => folder !== '/').sort();
}

/** Files that a read-only container can not take: those right below its root. */
export function undeliverable(service: Service): FileGrant[] {
  if (!service.container.readOnly) return [];
  return [...service.secrets, ...service.configs].filter((grant) => folderOf(service, grant) === '/');
}

/** The first line, one `docker cp` per delivery, the last line: joined where one standard input is enough. */
export function fed(name: string, first: string | undefined, deliveries: readonly Delivery[], last: string): Fed[] {
  return deliveries.map(({ folder, stdin }, index) => {
    const before = index === 0 && first !== undefined ? `${first} && ` : '';
    const after = index === deliveries.length - 1 ? ` && ${last}` : '';
    return { line: `${before}${line('docker', 'cp', '-', `${name}:${folder}`)}${after}`, stdin };
  });
}

function folderOf(service: Service, { target }: FileGrant): string {
  if (!service.container.readOnly) return '/';
  return target.slice(0, Math.max(1, target.lastIndexOf('/')));
}
