/** Certificates of the edges that end soon: people are told once a day until there is a newer one. */
import type { Report } from '../../model/report.ts';
import type { Memory } from './memory.ts';
import type { Sight } from './sight.ts';

const DAY_MS = 86_400_000;

/** Most authorities renew 30 days before the end: what has not been renewed by now will not be by itself. */
const SOON_MS = 21 * DAY_MS;

/** Which certificates were told of within a day, and what there is to tell now. */
interface Endings extends Pick<Memory, 'certificates'> {
  readonly reports: readonly Report[];
}

/** Judges the certificates of watched apps on all hosts that answered the last look. */
export function judgeCertificates(told: Memory['certificates'], { now, observed, apps }: Sight): Endings {
  const certificates = Object.fromEntries(Object.entries(told).filter(([, at]) => now - at < DAY_MS));
  const reports: Report[] = [];
  for (const app of [...apps].sort()) {
    const all = Object.values(observed).flatMap((state) =>
      state.reachable ? (state.router.apps[app]?.certificates ?? []) : [],
    );
    for (const { file, names, endsAt } of all.sort((a, b) => (a.file < b.file ? -1 : 1))) {
      const key = `${app}/${file}`;
      if (endsAt - now >= SOON_MS || certificates[key] !== undefined) continue;
      certificates[key] = now;
      const kind = endsAt > now ? 'certificate-ends' : 'certificate-ended';
      reports.push({ at: now, kind, app, names, endsAt, leftMs: endsAt - now });
    }
  }
  return { certificates, reports };
}
