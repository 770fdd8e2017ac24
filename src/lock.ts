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

/** Takes the lease away and tells whose it was. A live one only from "anybody", else FleetError E_LEASE_HELD. */
export async function removeLease(files: Files, stages: Stages, from: 'the-dead' | 'anybody'): Promise<LeaseState> {
  return withPlace(files, stages, async (place) => {
    const lease = await stages.releaseLease(place, from);
    return { app: place.app, ...(lease === undefined ? {} : { lease }) };
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
