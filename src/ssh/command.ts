/** One command on a channel: its input, its output, its end. */
import { StringDecoder } from 'node:string_decoder';
import type { ClientChannel } from 'ssh2';
import type { CommandResult, RunOptions } from '../model/shell.ts';

/** How a channel ended: with a result, or with the connection. */
export type Ending = CommandResult | 'lost';

/**
 * Feeds and reads the command until its channel closes. "lost" when it closed without an exit code. Rejects with the
 * signal's reason when that comes first; the channel is then closed, but what runs on the host may go on.
 */
export function follow(
  channel: ClientChannel,
  options: RunOptions,
  outputBytes: number,
  signal: AbortSignal,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const keepBytes = options.keepBytes ?? outputBytes;
    const stdout = new Tail(keepBytes, (chunk) => options.onOutput?.('stdout', chunk));
    const stderr = new Tail(keepBytes, (chunk) => options.onOutput?.('stderr', chunk));
    let code: number | undefined;
    const abort = () => {
      channel.close();
      reject(signal.reason);
    };
    channel.on('data', (chunk: Buffer) => stdout.add(chunk));
    channel.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    channel.on('error', () => undefined);
    channel.once('exit', (status: number | null) => {
      code = status ?? -1;
    });
    channel.once('close', () => {
      signal.removeEventListener('abort', abort);
      resolve(code === undefined ? 'lost' : { code, stdout: stdout.end(), stderr: stderr.end() });
    });
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    channel.end(options.stdin);
  });
}

/** The last so many bytes of an output, told on as text while it comes. */
class Tail {
  readonly #limit: number;
  readonly #tell: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number, tell: (text: string) => void) {
    this.#limit = limit;
    this.#tell = tell;
  }

  add(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    if (text !== '') this.#tell(text);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 2 * this.#limit) this.#shorten();
  }

  end(): string {
    const rest = this.#decoder.end();
    if (rest !== '') this.#tell(rest);
    if (this.#bytes > this.#limit) this.#shorten();
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  #shorten(): void {
    const kept = Buffer.concat(this.#chunks).subarray(-this.#limit);
    this.#chunks = [kept];
    this.#bytes = kept.length;
  }
}
