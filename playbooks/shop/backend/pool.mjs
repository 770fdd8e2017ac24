// A pool of connections: a few are kept open, a broken one is replaced, nobody waits for ever.

/** A connection that broke: nothing more can be sent over it, and the last answer will never come. */
export class BrokenConnection extends Error {}

/**
 * Connections made by `connect()`, at most `size` at once. A connection must have `closed` (boolean) and `end()`.
 * `use(work)` runs `work(connection)`; if the connection had been lying idle and turns out to be broken, the work is
 * done once more on a new one. Work must therefore be harmless when it is done twice.
 */
export class Pool {
  #idle = [];
  #open = 0;
  #waiting = [];
  #connect;
  #size;
  #waitMs;

  constructor({ connect, size, waitMs }) {
    this.#connect = connect;
    this.#size = size;
    this.#waitMs = waitMs;
  }

  async use(work) {
    const { connection, reused } = await this.#take();
    try {
      return await work(connection);
    } catch (error) {
      if (!(reused && error instanceof BrokenConnection)) throw error;
    } finally {
      this.#giveBack(connection);
    }
    return this.#useFresh(work);
  }

  end() {
    for (const connection of this.#idle.splice(0)) connection.end();
  }

  async #useFresh(work) {
    for (const connection of this.#idle.splice(0)) {
      connection.end();
      this.#open -= 1;
    }
    const { connection } = await this.#take();
    try {
      return await work(connection);
    } finally {
      this.#giveBack(connection);
    }
  }

  async #take() {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle !== undefined && !idle.closed) return { connection: idle, reused: true };
      if (idle !== undefined) this.#open -= 1;
      else if (this.#open < this.#size) return { connection: await this.#openOne(), reused: false };
      else await this.#turn();
    }
  }

  async #openOne() {
    this.#open += 1;
    try {
      return await this.#connect();
    } catch (error) {
      this.#open -= 1;
      this.#wakeOne();
      throw error;
    }
  }

  #giveBack(connection) {
    if (connection.closed) this.#open -= 1;
    else this.#idle.push(connection);
    this.#wakeOne();
  }

  #turn() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== wake);
        reject(new BrokenConnection(`no free connection within ${this.#waitMs} ms`));
      }, this.#waitMs);
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push(wake);
    });
  }

  #wakeOne() {
    this.#waiting.shift()?.();
  }
}
