// Redis, as much of it as the shop needs: commands and their answers over RESP2.
import { Channel } from './channel.mjs';
import { Pool } from './pool.mjs';

/** A pool of connections to Redis with `command('INCR', 'key')`. Answers are strings, numbers, null or lists of them. */
export class Redis {
  #pool;

  constructor({ host, port = 6379, size = 2, timeoutMs = 4_000 }) {
    const connect = () => Channel.open({ host, port, name: 'the cache', timeoutMs });
    this.#pool = new Pool({ connect, size, waitMs: timeoutMs });
  }

  async command(...words) {
    const answer = await this.#pool.use((channel) => {
      let received = Buffer.alloc(0);
      return channel.ask(encode(words), (piece) => {
        received = Buffer.concat([received, piece]);
        return decode(received, 0);
      });
    });
    if (answer.value instanceof Error) throw answer.value;
    return answer.value;
  }

  end() {
    this.#pool.end();
  }
}

function encode(words) {
  const parts = words.map(String).map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${parts.length}\r\n${parts.join('')}`;
}

/** The value that starts at `at` and where it ends, or undefined while it is not all there. */
function decode(bytes, at) {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return undefined;
  const text = bytes.toString('utf8', at + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[at])) {
    case '+':
      return { value: text, end };
    case '-':
      return { value: new Error(`the cache refused: ${text}`), end };
    case ':':
      return { value: Number(text), end };
    case '$':
      return decodeBulk(bytes, Number(text), end);
    case '*':
      return decodeList(bytes, Number(text), end);
    default:
      throw new Error('the cache does not speak RESP2');
  }
}

function decodeBulk(bytes, length, start) {
  if (length < 0) return { value: null, end: start };
  if (bytes.length < start + length + 2) return undefined;
  return { value: bytes.toString('utf8', start, start + length), end: start + length + 2 };
}

function decodeList(bytes, length, start) {
  const values = [];
  let end = start;
  for (let index = 0; index < length; index += 1) {
    const item = decode(bytes, end);
    if (item === undefined) return undefined;
    values.push(item.value);
    end = item.end;
  }
  return { value: values, end };
}
