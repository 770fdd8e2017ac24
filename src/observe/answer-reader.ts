/** Answers of HTTP/1.1 out of a stream, one after the other. Format: RFC 9112, sections 4 to 7. */
import type { Readable } from 'node:stream';

/** An answer, complete. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Longer lines and more of them are in no answer to a question of ours. */
const [LINE_BYTES, HEADERS] = [16 * 1024, 100];

/** Reads answers to GET. Anything that is no such answer throws: who can not tell where an answer ends must not go on. */
export class AnswerReader {
  readonly #source: AsyncIterator<unknown>;
  readonly #bodyBytes: number;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(stream: Readable, bodyBytes: number) {
    this.#source = stream[Symbol.asyncIterator]();
    this.#bodyBytes = bodyBytes;
  }

  /** The next one; call it again only when it is there. Rejects when the stream ends or breaks before. */
  async read(): Promise<Answer> {
    const status = Number(/^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/.exec(await this.#line())?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) throw new Error('this is no answer of HTTP/1.1');
    const headers = await this.#headers();
    return { status, body: (await this.#body(status, headers)).toString('utf8') };
  }

  /** By name in small letters; the trailers after chunks are read the same way. */
  async #headers(): Promise<ReadonlyMap<string, string>> {
    const headers = new Map<string, string>();
    for (let count = 0; count <= HEADERS; count += 1) {
      const line = await this.#line();
      if (line === '') return headers;
      const colon = line.indexOf(':');
      if (colon < 1) throw new Error('a header has no name');
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    throw new Error('too many headers');
  }

  async #body(status: number, headers: ReadonlyMap<string, string>): Promise<Buffer> {
    if (status === 204 || status === 304) return Buffer.alloc(0);
    const coding = headers.get('transfer-encoding');
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') throw new Error(`a body comes as ${coding}`);
      return this.#chunks();
    }
    const length = headers.get('content-length') ?? '';
    if (!/^\d+$/.test(length)) throw new Error('a body does not say how long it is');
    return this.#take(this.#allowed(Number(length)));
  }

  async #chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (let bytes = 0; ; ) {
      const size = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec(await this.#line())?.[1];
      if (size === undefined) throw new Error('a chunk does not say how long it is');
      const length = Number.parseInt(size, 16);
      if (length === 0) break;
      bytes = this.#allowed(bytes + length);
      chunks.push(await this.#take(length));
      if ((await this.#line()) !== '') throw new Error('a chunk is longer than it says');
    }
    await this.#headers();
    return Buffer.concat(chunks);
  }

  #allowed(bytes: number): number {
    if (bytes > this.#bodyBytes) throw new Error('the answer is too long');
    return bytes;
  }

  /** Up to CR LF, which are taken, too. */
  async #line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end >= 0) return this.#cut(end, 2).toString('latin1');
      if (this.#buffer.length > LINE_BYTES) throw new Error('a line has no end');
      await this.#more();
    }
  }

  async #take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > this.#buffer.length) {
      parts.push(this.#buffer);
      missing -= this.#buffer.length;
      this.#buffer = Buffer.alloc(0);
      await this.#more();
    }
    parts.push(this.#cut(missing, 0));
    return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  }

  #cut(length: number, skip: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length + skip);
    return taken;
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#source.next();
    if (done === true || !Buffer.isBuffer(value)) throw new Error('the stream ended within an answer');
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
  }
}
