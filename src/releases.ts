/** Looking at the releases on record, apart from any change. */
import { keepersOf } from './compile/index.ts';
import { look } from './look.ts';
import { FleetError } from './model/error.ts';
import type { ReleaseRecord } from './model/observed.ts';
import { appOnRecord, keptBody, recordsOf } from './recorded.ts';
import { type Compared, type ReleaseRow, releasesOf } from './report/index.ts';
import type { Files, Stages } from './stages.ts';

/** Two releases of one app. */
export interface Comparison {
  readonly app: string;
  readonly from: Compared;
  readonly to: Compared;
}

/** Releases of every app, or of the named one. */
export async function seeReleases(files: Files, stages: Stages): Promise<readonly ReleaseRow[]> {
  return look({ files: { ...files, playbooks: [] }, depth: 'hosts' }, stages, async ({ inventory, observed }) =>
    releasesOf(
      keepersOf(inventory).map(({ name }) => name),
      observed.hosts,
      files.projectName,
    ),
  );
}

/**
 * Two releases with all that they asked for, as far as a keeper has it. `to` absent: the current one. Throws FleetError
 * E_RELEASE when one of them is not on record, or when several apps have releases and none is named.
 */
export async function compareReleases(
  files: Files,
  wanted: { readonly from: number; readonly to?: number },
  stages: Stages,
): Promise<Comparison> {
  return look(
    { files: { ...files, playbooks: [] }, depth: 'hosts' },
    stages,
    async ({ inventory, observed }, shell) => {
      const app = appOnRecord(observed, files.projectName);
      const records = recordsOf(app, observed);
      const compared = async (release: number): Promise<Compared> => {
        const record = recordOf(release, app, records);
        const body = await keptBody({ shell, stages }, inventory, observed, record);
        return body === undefined ? { record } : { record, body };
      };
      const to = wanted.to ?? records.at(-1)?.release ?? 0;
      return { app, from: await compared(wanted.from), to: await compared(to) };
    },
  );
}

function recordOf(release: number, app: string, records: readonly ReleaseRecord[]): ReleaseRecord {
  const record = records.find((one) => one.release === release);
  if (record !== undefined) return record;
  throw new FleetError('E_RELEASE', `${app} has no release ${release} on record`, {
    notes: [`on record: ${records.map((one) => one.release).join(', ')}`],
    hint: 'fleet releases',
  });
}
