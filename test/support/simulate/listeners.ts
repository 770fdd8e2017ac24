/** Who answers on a simulated fleet where a host dials: a router's own words, its edge, or a replica on any host. */
import { createServer } from 'node:http';
import type { ServerChannel } from 'ssh2';
import type { SimulatedHost } from './host/host.ts';
import { REGISTRY, registryAnswer } from './registry.ts';
import { connectionOf } from './stream.ts';

/** A host's way to address:port. The stream is taken only where somebody listens. */
export class Listeners {
  readonly #host: SimulatedHost;
  readonly #elsewhere: (address: string, port: number) => Promise<boolean>;
  readonly #server;

  /** `elsewhere` tells whether another host's replica listens there. */
  constructor(host: SimulatedHost, elsewhere: (address: string, port: number) => Promise<boolean>) {
    this.#host = host;
    this.#elsewhere = elsewhere;
    this.#server = createServer((request, response) => {
      const body = this.#answer(request.headers.host ?? '', request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
  }

  /** Hands the stream to whoever listens; `accept` is called at most once. */
  async dial(address: string, port: number, accept: () => ServerChannel, reject: () => void): Promise<void> {
    const isRegistry = address === REGISTRY.address && port === REGISTRY.port;
    const isOpen = isRegistry || this.#host.listens(address, port) || (await this.#elsewhere(address, port));
    if (!isOpen) return reject();
    this.#server.emit('connection', connectionOf(accept()));
  }

  #answer(host: string, path: string): string | undefined {
    if (host === REGISTRY.name) return textOf(registryAnswer(path));
    const app = /^\/generation\/(\S+)$/.exec(path)?.[1];
    return app === undefined ? 'well\n' : this.#host.nginx.generations.get(app)?.concat('\n');
  }
}

function textOf(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}
