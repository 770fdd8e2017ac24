/** The raw connection under a login. */
import type { Duplex } from 'node:stream';

/** Bytes to and from an SSH server: a socket, or a channel of a jump host. */
export interface Wire extends Duplex {
  /** What came from the server so far. */
  readonly bytesRead: number;
}

/**
 * Resolves when the work ends in any way, or when nothing more was heard for so long. `heard` is the number of bytes that
 * came so far. A process that is itself too busy to read takes no server for silent: what lies unread is read between a
 * timer and the look that follows it.
 */
export function whileHeard(heard: () => number, work: Promise<unknown>, quietMs: number): Promise<void> {
  return new Promise((resolve) => {
    let before = heard();
    const look = () => {
      if (heard() === before) return done();
      before = heard();
    };
    const timer = setInterval(() => setImmediate(look), quietMs);
    const done = () => {
      clearInterval(timer);
      resolve();
    };
    work.then(done, done);
  });
}
