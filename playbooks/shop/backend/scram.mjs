// SCRAM-SHA-256, the way PostgreSQL wants a password proven without seeing it (RFC 5802, RFC 7677).
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const stretch = promisify(pbkdf2);

/** One exchange: `first()` opens it, `second(serverFirst)` proves the password, `check(serverFinal)` proves the server. */
export class Scram {
  #bare = `n=,r=${randomBytes(18).toString('base64')}`;
  #password;
  #expected;

  constructor(password) {
    this.#password = password.normalize('NFKC');
  }

  first() {
    return `n,,${this.#bare}`;
  }

  async second(serverFirst) {
    const { r: nonce, s: salt, i: rounds } = fields(serverFirst);
    if (!nonce?.startsWith(this.#bare.slice('n=,r='.length))) throw new Error('the database answered another login');
    const salted = await stretch(this.#password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
    const open = `c=biws,r=${nonce}`;
    const message = `${this.#bare},${serverFirst},${open}`;
    const clientKey = sign(salted, 'Client Key');
    const signature = sign(createHash('sha256').update(clientKey).digest(), message);
    this.#expected = sign(sign(salted, 'Server Key'), message);
    return `${open},p=${clientKey.map((byte, index) => byte ^ signature[index]).toString('base64')}`;
  }

  check(serverFinal) {
    const given = Buffer.from(fields(serverFinal).v ?? '', 'base64');
    if (given.length !== 32 || !timingSafeEqual(given, this.#expected)) {
      throw new Error('the database does not know the password itself');
    }
  }
}

function sign(key, message) {
  return createHmac('sha256', key).update(message).digest();
}

function fields(text) {
  return Object.fromEntries(text.split(',').map((field) => [field[0], field.slice(2)]));
}
