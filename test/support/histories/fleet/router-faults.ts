/** What people and accidents do to routers, their files, and records. */
import type { Machine } from '../../compile/machine.ts';
import { currentOf } from '../../compile/machine.ts';
import type { Choice } from './faults.ts';
import { type FaultyFleet, unload } from './fleet.ts';

/** The container is gone; its files stay. */
export function routerRemoved(fleet: FaultyFleet, choice: Choice): string {
  const [host, machine] = chosen(fleet, choice, ({ router }) => router !== undefined);
  if (machine === undefined) return 'there is no router';
  machine.router = undefined;
  unload(machine);
  return `the router of ${host} was removed`;
}

/** The container is there and does not run. */
export function routerStopped(fleet: FaultyFleet, choice: Choice): string {
  const [host, machine] = chosen(fleet, choice, ({ router }) => router?.running === true);
  if (machine?.router === undefined) return 'no router runs';
  machine.router = { ...machine.router, running: false };
  unload(machine);
  return `the router of ${host} was stopped`;
}

/** A live file is emptied or gets another server, or the link to it is gone; then nginx reads it, or does not. */
export function fileEdited(fleet: FaultyFleet, [a, b]: Choice): string {
  const [host, machine] = chosen(fleet, [a, b], ({ current }) => current.size > 0);
  const [app, folder] = [...(machine?.current ?? [])][0] ?? [];
  const laid = machine?.generations.get(folder ?? '');
  if (machine === undefined || app === undefined || folder === undefined || laid === undefined) return 'no files';
  const file = b % 2 === 0 ? 'http.conf' : 'stream.conf';
  const text = laid.state.files[file] ?? '';
  const edits = ['', text.replace(/^ {2}server \S+/m, '  server 10.9.9.9:9'), undefined];
  const edit = edits[(b >> 1) % edits.length];
  if (edit === undefined) machine.current.delete(app);
  else machine.generations.set(folder, { state: { ...laid.state, files: { ...laid.state.files, [file]: edit } } });
  const isRead = (b >> 3) % 2 === 0 && machine.router?.running === true && fleet.standing(host) !== 'off';
  if (isRead) {
    machine.loaded.http = currentOf(machine);
    machine.loaded.stream = currentOf(machine);
  }
  const what = edit === undefined ? 'link to the files' : file;
  return `${what} on ${host} was changed by hand${isRead ? ' and read' : ''}`;
}

/** What a keeper has on record is gone, bodies too. */
export function recordsLost(fleet: FaultyFleet, choice: Choice): string {
  const [host, machine] = chosen(fleet, choice, ({ releases }) => releases.size > 0);
  if (machine === undefined) return 'there are no records';
  machine.releases.clear();
  for (const key of [...fleet.kept.keys()]) if (key.startsWith(`${host}/`)) fleet.kept.delete(key);
  return `the records on ${host} are lost`;
}

function chosen(
  { machines }: FaultyFleet,
  [a]: Choice,
  isFit: (machine: Machine) => boolean,
): readonly [string, Machine | undefined] {
  const fit = [...machines].filter(([, machine]) => isFit(machine));
  return fit[a % Math.max(1, fit.length)] ?? ['', undefined];
}
