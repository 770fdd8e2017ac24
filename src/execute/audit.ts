/** Lines of the audit log for what is no step of a plan: a plan that failed, a lease taken away, what a watcher saw. */
import { type AuditEntry, auditInput, auditLine } from '../model/audit.ts';
import { digestOf } from '../model/digest.ts';
import type { Shell } from '../model/shell.ts';

/** A happening, and where it is written down. */
export interface AuditRequest {
  readonly shell: Shell;
  readonly app: string;
  readonly keepers: readonly string[];
  readonly entry: Omit<AuditEntry, 'id' | 'app'>;
}

/** Appending takes milliseconds; a keeper that hangs must not hold up what the line is about. */
const APPEND_MS = 5000;

/**
 * Appends the line on all keepers at once, as far as they answer. Never rejects; the result names the keepers that do
 * not have it now.
 */
export async function appendAudit({ shell, app, keepers, entry }: AuditRequest): Promise<readonly string[]> {
  const id = digestOf({ app, ...entry });
  const options = { stdin: Buffer.from(auditInput({ id, app, ...entry })), timeoutMs: APPEND_MS };
  const command = auditLine(app);
  const missing = await Promise.all(
    keepers.map(async (keeper) => {
      try {
        const { code } = await shell.run(keeper, command, options);
        return code === 0 ? [] : [keeper];
      } catch {
        return [keeper];
      }
    }),
  );
  return missing.flat();
}
