/** Looking at the lease of an app, and taking it away, apart from any change. */
import { keepersOf } from './compile/index.ts';
import type { Shell } from './model/shell.ts';
import type { Files, LeaseInfo, LeasePlace, Stages } from './stages.ts';

/** An app and who works on it; no lease when nobody does. */
export interface LeaseState {
  readonly app: string;
  readonly lease?: LeaseInfo;
}

/** The lease of the playbook's app as its keepers have it. */
export async function inspectLease(files: Files, stages: Stages): Promise<LeaseState> {
  return withPlace(files, stages, async (place) => {
    const lease = await stages.readLease(place);
    return { app: place.app, ...(lease === undefined ? {} : { lease }) };
  });
}

/** A lease to be taken away. */
export interface LeaseRemoval {
  /** A live one only from "anybody". */
  readonly from: 'the-dead' | 'anybody';
  /** ann@laptop: who takes it away; for the audit log. */
  readonly by: string;
}

/** Takes the lease away and tells whose it was. FleetError E_LEASE_HELD for a live one, unless from anybody. */
export async function removeLease(files: Files, stages: Stages, { from, by }: LeaseRemoval): Promise<LeaseState> {
  return withPlace(files, stages, async (place) => {
    const lease = await stages.releaseLease(place, from);
    if (lease === undefined) return { app: place.app };
    const detail = `lease of ${lease.words}`;
    await stages.appendAudit(place, { at: stages.clock.now(), by, what: 'unlock', result: 'done', detail });
    return { app: place.app, lease };
  });
}

async function withPlace<T>(files: Files, stages: Stages, work: (place: LeasePlace) => Promise<T>): Promise<T> {
  const { inventory, playbook } = await stages.loadAll(files);
  const shell: Shell = stages.openShell(inventory);
  try {
    return await work({
      shell,
      app: playbook.app,
      keepers: keepersOf(inventory).map((host) => host.name),
    });
  } finally {
    await shell.close();
  }
}
