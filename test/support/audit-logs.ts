/** Audit logs as keepers write them, for tests that then change them. */
import type { AuditEntry, AuditLog } from '../../src/model/audit.ts';
import { sha256 } from '../../src/model/digest.ts';

/** A deploy of shop by ann. */
export function anEntry(id: string, overrides: Partial<AuditEntry> = {}): AuditEntry {
  const at = Date.UTC(2026, 10, 25, 9, 0, 0);
  const made = { plan: '9f3c1e0a7b21', release: 7, previous: 6 };
  return { id, at, by: 'ann@laptop', app: 'shop', what: 'deploy', ...made, result: 'done', ...overrides };
}

/** The log of shop with these entries behind these lines of old. */
export function aLog(keeper: string, entries: readonly AuditEntry[], old: readonly string[] = []): AuditLog {
  const lines = [...old];
  for (const entry of entries) {
    const last = lines.at(-1);
    lines.push(JSON.stringify({ prev: last === undefined ? '' : sha256(last), seen: '192.0.2.7', ...entry }));
  }
  return { keeper, app: 'shop', first: 1, lines };
}
