/**
 * Questions of HTTP/1.1 in a row over one stream, none of which waits for the answer to the one before it (RFC 9112, section
 * 9.3.2), as node:http can not ask. A question over a stream of its own or in its turn costs a host and this process several
 * times as much: each is a packet of SSH and a waking of sshd and Docker.
 */
import type { Duplex } from 'node:stream';
import { type Answer, AnswerReader } from './answer-reader.ts';

/** Asks a server that keeps to HTTP/1.1. What it sends otherwise fails all questions that are open. */
export class Pipeline {
  readonly #stream: Duplex;
  readonly #reader: AnswerReader;
  /** Resolves when all that was asked so far is answered, so that each answer is read by who asked. */
  #last: Promise<unknown> = Promise.resolve();

  /** The stream is the pipeline's own from here on. Answers longer than `bodyBytes` are refused. */
  constructor(stream: Duplex, bodyBytes: number) {
    this.#stream = stream.on('error', () => undefined);
    this.#reader = new AnswerReader(stream, bodyBytes);
  }

  /** GETs that go out together; their answers, in the same order. Rejects when the stream ends or breaks before. */
  ask(paths: readonly string[]): readonly Promise<Answer>[] {
    if (paths.length === 0) return [];
    this.#stream.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: docker\r\n\r\n`).join(''));
    return paths.map(() => {
      const answer = this.#last.then(() => this.#reader.read());
      answer.catch(() => undefined);
      this.#last = answer;
      return answer;
    });
  }

  /** Lets go of the stream; questions that are open reject with the reason. */
  close(reason?: Error): void {
    this.#stream.destroy(reason);
  }
}
