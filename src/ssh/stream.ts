/** A forwarded channel as a stream of node's own kind, with what node:http and node:tls ask of a socket. */
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';

/**
 * Ends at once when it is destroyed. A channel of ssh2 says "close" only when the other side has confirmed it, which a
 * host that lost its power never does: requests on it would wait, and agents would keep it, for ever.
 */
export class ChannelStream extends Duplex {
  /** What came from the other side so far, as a socket has it. */
  bytesRead = 0;
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel) {
    super({ highWaterMark: 256 * 1024 });
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length;
      if (!this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.destroy());
    channel.on('error', (error: Error) => this.destroy(error));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#channel.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.destroy();
    // Only a channel that is read to its end goes away.
    this.#channel.resume();
    done(error);
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
