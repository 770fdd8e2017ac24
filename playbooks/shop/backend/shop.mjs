// What the shop does: list products, take orders, say whether it is well.
import { randomUUID } from 'node:crypto';
import { QueryError } from './postgres.mjs';

/** A request that the client has to change; `status` is the HTTP status. */
export class BadRequest extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// What the versions differ in. Version "bad" was released without its migration: it reads a column that nobody made.
const PRODUCTS = {
  1: 'select id, name, price_cents from products order by id',
  2: 'select id, name, price_cents from products order by price_cents, id',
  bad: 'select id, name, price_cents, discount_cents from products order by id',
};

/** The shop on its database and its cache. */
export class Shop {
  #version;
  #database;
  #cache;

  constructor({ version, database, cache }) {
    this.#version = version;
    this.#database = database;
    this.#cache = cache;
  }

  /** All products; prices are in cents. */
  async products() {
    const rows = await this.#database.query(PRODUCTS[this.#version] ?? PRODUCTS[2]);
    return rows.map((row) => ({ id: Number(row.id), name: row.name, priceCents: Number(row.price_cents) }));
  }

  /** Writes the order. Its id is made here, so that writing it twice after a broken connection leaves one row. */
  async order({ product, quantity }) {
    if (!Number.isInteger(product) || !Number.isInteger(quantity) || quantity < 1 || quantity > 100) {
      throw new BadRequest(400, 'an order is {"product": 1, "quantity": 1 to 100}');
    }
    const id = randomUUID();
    try {
      await this.#database.query(
        'insert into orders (id, product_id, quantity, version) values ($1, $2, $3, $4) on conflict (id) do nothing',
        [id, product, quantity, this.#version],
      );
    } catch (error) {
      if (error instanceof QueryError && error.code === '23503') throw new BadRequest(404, `no product ${product}`);
      throw error;
    }
    return { id, number: await this.#cache.command('INCR', 'orders'), version: this.#version };
  }

  /** Resolves when database and cache answer and the tables are those that this version reads; else throws why not. */
  async check() {
    await Promise.all([
      this.products().catch((error) => {
        throw new Error(`the products can not be read: ${error.message}`);
      }),
      this.#cache.command('PING'),
    ]);
  }
}
