/** Looks into practice hosts past their sshd and past fleet, through this machine's /proc: a look costs a millisecond. */
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { initOf } from '../../../src/lab/host/power.ts';
import { networkInode } from '../../../src/lab/process.ts';
import { findHost, hostNamespace, type LabShape } from '../../../src/lab/shape.ts';

/** A container as dockerd lists it. */
export interface ListedContainer {
  readonly host: string;
  readonly id: string;
  readonly name: string;
  /** Docker's word: created, running, paused, restarting, exited, dead. */
  readonly state: string;
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly labels: Readonly<Record<string, string>>;
}

interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
}

const ANSWER_LIMIT_MS = 2_000;

/** The hosts of one lab, seen from outside. What is off or does not answer shows as undefined. */
export class LabView {
  readonly shape: LabShape;
  readonly #inits = new Map<string, number>();

  constructor(shape: LabShape) {
    this.shape = shape;
  }

  /** Names of all hosts, in order. */
  get hosts(): readonly string[] {
    return this.shape.hosts.map(({ name }) => name);
  }

  addressOf(host: string): string {
    return findHost(this.shape, host).address;
  }

  isEdge(host: string): boolean {
    return findHost(this.shape, host).roles.includes('edge');
  }

  /** The host's root folder; undefined while it is off. Absolute links in it lead into this machine's root. */
  root(host: string): string | undefined {
    const inode = networkInode(hostNamespace(this.shape.name, host));
    if (inode === undefined) return undefined;
    const known = this.#inits.get(host);
    // A number can be another process's by now, so its network is asked each time; to find it anew costs a walk of /proc.
    const pid = known !== undefined && isIn(known, inode) ? known : initOf(this.shape.name, host);
    if (pid === undefined) return undefined;
    this.#inits.set(host, pid);
    return `/proc/${pid}/root`;
  }

  read(host: string, path: string): string | undefined {
    return attempted(() => readFileSync(`${this.root(host) ?? '/nowhere'}${path}`, 'utf8'));
  }

  readLink(host: string, path: string): string | undefined {
    return attempted(() => readlinkSync(`${this.root(host) ?? '/nowhere'}${path}`));
  }

  /** An answer of the host's Engine API. */
  ask<Answer>(host: string, path: string): Promise<Answer | undefined> {
    const root = this.root(host);
    if (root === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const socketPath = `${root}/run/docker.sock`;
      const request = get({ socketPath, path, agent: false, timeout: ANSWER_LIMIT_MS }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.once('error', () => resolve(undefined));
        response.once('end', () => resolve(response.statusCode === 200 ? (JSON.parse(body) as Answer) : undefined));
      });
      request.once('timeout', () => request.destroy());
      request.once('error', () => resolve(undefined));
      request.once('close', () => resolve(undefined));
    });
  }

  /** All containers that have the label, running or not, on the hosts that answer; sorted by name. */
  async containers(label: string, hosts: readonly string[] = this.hosts): Promise<readonly ListedContainer[]> {
    const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
    const lists = await Promise.all(
      hosts.map(async (host) => {
        const listed = await this.ask<readonly Listed[]>(host, `/containers/json?all=1&filters=${filters}`);
        return (listed ?? []).map((one) => toContainer(host, one));
      }),
    );
    return lists.flat().sort((left, right) => (left.name < right.name ? -1 : 1));
  }
}

function toContainer(host: string, { Id, Names, State, Status, Labels }: Listed): ListedContainer {
  const health = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(Status)?.[1];
  return {
    host,
    id: Id,
    name: (Names[0] ?? '').slice(1),
    state: State,
    health: health === 'starting' || health === 'healthy' || health === 'unhealthy' ? health : 'none',
    labels: Labels,
  };
}

function isIn(pid: number, inode: number): boolean {
  return attempted(() => statSync(`/proc/${pid}/ns/net`).ino) === inode;
}

/** What a look gives, or undefined when it fails: hosts go off, files move and processes end while they are looked at. */
export function attempted<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
