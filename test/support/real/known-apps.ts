/** The well-known applications below playbooks/: where their services listen, and with which images the lab stands in. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Language } from './calls.ts';
import { TOP } from './fleet.ts';
import type { StandIn } from './stand-ins.ts';

/** Where a service listens, by what it is publicly known for. */
export interface Door {
  readonly port: number;
  readonly language: Language;
  /** What comes back from the right one. */
  readonly answer: string;
}

/** One application. */
export interface KnownApp {
  readonly name: string;
  /** From the top of the project. */
  readonly file: string;
  /** Services without a door are not there. */
  readonly doors: Readonly<Record<string, Door>>;
  /** Port on the edges -> service. */
  readonly published: Readonly<Record<number, string>>;
  readonly standIns: readonly StandIn[];
}

const REDIS: Door = { port: 6379, language: 'redis', answer: '+PONG' };
const POSTGRES: Door = { port: 5432, language: 'postgres', answer: 'N' };

/** Ports of the Online Boutique's images. */
const BOUTIQUE: Readonly<Record<string, number>> = {
  adservice: 9555,
  cartservice: 7070,
  checkoutservice: 5050,
  currencyservice: 7000,
  emailservice: 8080,
  frontend: 8080,
  paymentservice: 50051,
  productcatalogservice: 3550,
  recommendationservice: 8080,
  shippingservice: 50051,
};

/** Where the images of the Online Boutique are, below a registry. */
export const BOUTIQUE_IMAGES = 'google-samples/microservices-demo';

/** All three. */
export const KNOWN_APPS: readonly KnownApp[] = [
  {
    name: 'voting',
    file: 'playbooks/voting/compose.yaml',
    doors: { vote: web('voting', 'vote', 80), result: web('voting', 'result', 80), redis: REDIS, db: POSTGRES },
    published: { 8080: 'vote', 8081: 'result' },
    standIns: [
      hub('dockersamples/examplevotingapp_vote', 'latest', [80], 'voting/vote'),
      hub('dockersamples/examplevotingapp_result', 'latest', [80], 'voting/result'),
      hub('dockersamples/examplevotingapp_worker', 'latest', [], 'voting/worker'),
    ],
  },
  {
    name: 'wordpress',
    file: 'playbooks/wordpress/compose.yaml',
    doors: { db: web('wordpress', 'db', 3306), wordpress: web('wordpress', 'wordpress', 80) },
    published: { 80: 'wordpress' },
    standIns: [
      hub('library/mariadb', '10.6.4-focal', [3306], 'wordpress/db'),
      hub('library/wordpress', 'latest', [80], 'wordpress/wordpress'),
    ],
  },
  {
    name: 'boutique',
    file: 'playbooks/boutique/compose.yaml',
    doors: {
      ...Object.fromEntries(Object.entries(BOUTIQUE).map(([name, port]) => [name, web('boutique', name, port)])),
      'redis-cart': REDIS,
    },
    published: { 8090: 'frontend' },
    standIns: [...Object.keys(BOUTIQUE), 'loadgenerator'].map((name) =>
      hub(`${BOUTIQUE_IMAGES}/${name}`, 'v0.10.3', name in BOUTIQUE ? [BOUTIQUE[name] ?? 0] : [], `boutique/${name}`),
    ),
  },
];

/** Service -> networks, read from the file without any of fleet's code; services of profiles are left out. */
export function networksOf({ file }: KnownApp): ReadonlyMap<string, readonly string[]> {
  const { services } = parse(readFileSync(TOP + file, 'utf8'), { merge: true }) as {
    readonly services: Readonly<Record<string, { networks?: readonly string[]; profiles?: readonly string[] }>>;
  };
  const active = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
  return new Map(active.map(([name, { networks }]) => [name, networks ?? ['default']]));
}

function web(app: string, service: string, port: number): Door {
  return { port, language: 'http', answer: `${app}/${service}` };
}

function hub(repository: string, tag: string, ports: readonly number[], says: string): StandIn {
  return { repository, tag, ports, says };
}
