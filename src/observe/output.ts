/** The whole output of a command that may print much. */
import type { Shell } from '../model/shell.ts';

/** Limit for reading one file of a host. */
const READ_MS = 60_000;

/** Standard output from its beginning: a result keeps only its last megabytes. Throws as the shell does. */
export async function wholeOutput(shell: Shell, host: string, command: string): Promise<string> {
  const chunks: string[] = [];
  const onOutput = (stream: 'stdout' | 'stderr', chunk: string): void => {
    if (stream === 'stdout') chunks.push(chunk);
  };
  await shell.run(host, command, { timeoutMs: READ_MS, onOutput });
  return chunks.join('');
}
