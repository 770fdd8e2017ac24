/** Work on many hosts in turns: as many at one time as this process can serve without being late for each of them. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import PQueue from 'p-queue';

/** How often it is asked whether a turn that is not over is held up by the host. */
const LOOK_MS = 250;

/** Share of the time that this process had something to do; above it, nobody can tell who is slow. */
const BUSY = 0.8;

/** Hands out turns. */
export class Turns {
  readonly #queue: PQueue;

  constructor(atOnce: number) {
    this.#queue = new PQueue({ concurrency: atOnce });
  }

  /**
   * Runs the work when it is its turn. The turn goes on to another one when the work is over, or when this process was
   * idle while it went on: it is then the host that is slow, and waiting for it takes nothing from others.
   */
  take<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const turn = this.#queue.add(() => {
        const running = work();
        running.then(resolve, reject);
        return whileBusy(running);
      });
      turn.catch(reject);
    });
  }
}

function whileBusy(running: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    let since: EventLoopUtilization = performance.eventLoopUtilization();
    const look = () => {
      if (performance.eventLoopUtilization(since).utilization < BUSY) return done();
      since = performance.eventLoopUtilization();
    };
    const timer = setInterval(look, LOOK_MS);
    const done = () => {
      clearInterval(timer);
      resolve();
    };
    running.then(done, done);
  });
}
