// A TCP connection that asks one question at a time and gives up after a while.
import net from 'node:net';
import { BrokenConnection } from './pool.mjs';

/**
 * One socket to a server that answers questions in order. `ask(bytes, isAnswer)` sends the bytes and hands every piece
 * that arrives to `isAnswer(piece)` until it returns something else than undefined, which is the answer.
 */
export class Channel {
  closed = false;
  #socket;
  #pending;
  #timeoutMs;
  #name;

  constructor(socket, name, timeoutMs) {
    this.#socket = socket;
    this.#name = name;
    this.#timeoutMs = timeoutMs;
    socket.on('data', (piece) => this.#receive(piece));
    socket.on('error', (error) => this.#break(error.code ?? error.message));
    socket.on('close', () => this.#break('the other side closed the connection'));
  }

  static open({ host, port, name, timeoutMs }) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
      const fail = (reason) => {
        socket.destroy();
        reject(new BrokenConnection(`${name} at ${host}:${port} can not be reached: ${reason}`));
      };
      const timer = setTimeout(fail, timeoutMs, `no connection within ${timeoutMs} ms`);
      socket.once('error', (error) => {
        clearTimeout(timer);
        fail(error.code ?? error.message);
      });
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.removeAllListeners('error');
        resolve(new Channel(socket, name, timeoutMs));
      });
    });
  }

  ask(bytes, isAnswer) {
    if (this.closed) return Promise.reject(new BrokenConnection(`the connection to ${this.#name} is closed`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#break(`no answer within ${this.#timeoutMs} ms`), this.#timeoutMs);
      this.#pending = { resolve, reject, isAnswer, timer };
      this.#socket.write(bytes);
    });
  }

  end() {
    this.#break('closed by us');
  }

  #receive(piece) {
    const pending = this.#pending;
    if (pending === undefined) return this.#break('it spoke unasked');
    let answer;
    try {
      answer = pending.isAnswer(piece);
    } catch (error) {
      this.#settle(() => pending.reject(error));
      return this.#break('its answer could not be understood');
    }
    if (answer !== undefined) this.#settle(() => pending.resolve(answer));
  }

  #settle(finish) {
    clearTimeout(this.#pending.timer);
    this.#pending = undefined;
    finish();
  }

  #break(reason) {
    if (this.closed) return;
    this.closed = true;
    this.#socket.destroy();
    const pending = this.#pending;
    if (pending !== undefined) {
      this.#settle(() => pending.reject(new BrokenConnection(`the connection to ${this.#name} broke: ${reason}`)));
    }
  }
}
