/** What a container wrote last: it often says why it ended. */
import { line } from '../model/quote.ts';
import type { Shell } from '../model/shell.ts';

const LOGS = { lines: 20, columns: 400, ms: 5000 };

/** The last lines of its log, cut to what people read; none when its host does not tell. */
export async function lastWords(shell: Shell, host: string, container: string): Promise<readonly string[]> {
  const command = `${line('docker', 'logs', '--tail', String(LOGS.lines), container)} 2>&1`;
  const result = await shell.run(host, command, { timeoutMs: LOGS.ms }).catch(() => undefined);
  const lines = (result?.stdout ?? '').split('\n').filter((text) => text.trim() !== '');
  return lines.slice(-LOGS.lines).map((text) => text.slice(0, LOGS.columns));
}
