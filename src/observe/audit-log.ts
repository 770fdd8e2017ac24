/** The audit logs of all apps, as the keepers have them. */
import type { AuditLog, AuditLogs } from '../model/audit.ts';
import { FleetError } from '../model/error.ts';
import { line } from '../model/quote.ts';
import type { Shell } from '../model/shell.ts';
import { wholeOutput } from './output.ts';

/** Each line with its number before it, so that nothing in a line can be taken for the beginning of another log. */
const SCRIPT = `
export LC_ALL=C
cd "$HOME/.fleet" 2>/dev/null || exit 0
for log in .hosts/audit.log */audit.log; do
  [ -f "$log" ] || continue
  printf '@@log %s\\n' "\${log%/audit.log}"
  grep -an '' "$log" | tail -n "$1"
done
`.trim();

/** Reads the last so many lines of each log; 'all' reads them whole. A keeper that does not answer is a part of the result. */
export async function readAuditLogs(
  shell: Shell,
  keepers: readonly string[],
  lines: number | 'all',
): Promise<AuditLogs> {
  const command = line('sh', '-c', SCRIPT, 'fleet-audit-log', lines === 'all' ? '+1' : String(lines));
  const replies = await Promise.all([...keepers].sort().map((keeper) => ask(shell, keeper, command)));
  return {
    keepers: replies.flatMap(({ keeper, message }) => (message === undefined ? [keeper] : [])),
    silent: replies.flatMap(({ keeper, message }) => (message === undefined ? [] : [{ keeper, message }])),
    logs: replies.flatMap(({ keeper, output }) => parseLogs(keeper, output)),
  };
}

interface Reply {
  readonly keeper: string;
  readonly output: string;
  /** Why there is no output. */
  readonly message?: string;
}

async function ask(shell: Shell, keeper: string, command: string): Promise<Reply> {
  try {
    return { keeper, output: await wholeOutput(shell, keeper, command) };
  } catch (error) {
    if (error instanceof FleetError) return { keeper, output: '', message: error.message };
    throw error;
  }
}

function parseLogs(keeper: string, output: string): AuditLog[] {
  const [, ...parts] = `\n${output}`.split('\n@@log ');
  return parts.map((part) => {
    const [app = '', ...numbered] = part.split('\n');
    const lines = numbered.filter((text) => /^\d+:/.test(text));
    return {
      keeper,
      app,
      first: Number.parseInt(lines[0] ?? '1', 10),
      lines: lines.map((text) => text.slice(text.indexOf(':') + 1)),
    };
  });
}
