/** Filters: which hosts may take a replica at all. Each can say in words why a host fell. */
import type { Host, Resources } from '../../model/inventory.ts';
import type { Constraint, Service } from '../../model/playbook.ts';

/** A host as placing finds it. */
export interface Candidate {
  readonly host: Host;
  readonly capacity: Resources;
  /** What existing containers have reserved. */
  readonly used: Resources;
  readonly architecture: string;
}

/** A host as it is when somebody asks for room: `used` also has what was placed there since. */
export interface Standing extends Candidate {
  /** Replicas of the service that are there. */
  readonly count: number;
}

/** What is being placed. */
export interface Request {
  readonly service: Service;
  readonly slot: number;
  readonly pinned?: string;
  readonly previous?: string;
  /** Architectures of the image; empty when unknown. */
  readonly architectures: readonly string[];
}

/** Why a host can not take a replica; `lacks` only for room. */
export interface Refusal {
  readonly host: string;
  readonly kind: 'volume' | 'role' | 'cordoned' | 'constraint' | 'architecture' | 'max-per-host' | 'cpu' | 'memory';
  readonly text: string;
  readonly lacks?: number;
}

/** Every host's reason against the request; hosts that may take it have none. */
export function refusalsOf(request: Request, standings: readonly Standing[]): Refusal[] {
  return standings.flatMap((standing) => refusalOf(standing, request) ?? []);
}

/** True for hosts that may ever take the service, however much room they have and whatever runs on them. */
export function eligibility({
  service,
  architectures,
}: Pick<Request, 'service' | 'architectures'>): (candidate: Candidate) => boolean {
  const isMet = service.constraints.map(conditionOf);
  return (candidate) => {
    const { host } = candidate;
    if (host.cordoned || !host.roles.includes('worker')) return false;
    return isMet.every((meets) => meets(host)) && fitsArchitecture(candidate, architectures);
  };
}

/** Sums of fractions such as 0.1 drift; a millionth of a cpu is no reason to refuse. */
export const TINY_CPUS = 1e-6;

/** Undefined when the host may take the replica, else the first reason against it. */
export function refusalOf(standing: Standing, request: Request): Refusal | undefined {
  const { host, count, architecture } = standing;
  const refuse = (kind: Refusal['kind'], text: string, lacks?: number): Refusal =>
    lacks === undefined ? { host: host.name, kind, text } : { host: host.name, kind, text, lacks };
  if (request.pinned !== undefined && request.pinned !== host.name)
    return refuse('volume', `is bound to ${request.pinned}`);
  if (!host.roles.includes('worker')) return refuse('role', 'is no worker');
  if (host.cordoned) return refuse('cordoned', 'cordoned');
  const unmet = request.service.constraints.find((constraint) => !conditionOf(constraint)(host));
  if (unmet !== undefined) return refuse('constraint', `${lacking(unmet)}`);
  if (!fitsArchitecture(standing, request.architectures)) {
    return refuse('architecture', `runs ${architecture}, the image is for ${request.architectures.join(', ')}`);
  }
  const { maxPerHost } = request.service;
  if (maxPerHost !== undefined && count >= maxPerHost) {
    return refuse('max-per-host', `has ${maxPerHost} already`);
  }
  return roomRefusal(standing, request, refuse);
}

/** True when the host meets all placement constraints of the service. */
export function meetsConstraints(service: Service, host: Host): boolean {
  return service.constraints.every((constraint) => conditionOf(constraint)(host));
}

/** What is not known stands in nobody's way. */
function fitsArchitecture({ architecture }: Candidate, architectures: readonly string[]): boolean {
  return architecture === '' || architectures.length === 0 || architectures.includes(architecture);
}

function roomRefusal(
  { capacity, used }: Standing,
  request: Request,
  refuse: (kind: Refusal['kind'], text: string, lacks?: number) => Refusal,
): Refusal | undefined {
  const { reservation } = request.service;
  const freeCpus = capacity.cpus - used.cpus;
  const freeMemory = capacity.memoryBytes - used.memoryBytes;
  if (reservation.memoryBytes > freeMemory) {
    return refuse('memory', `has ${mebibytes(freeMemory)} MiB free`, reservation.memoryBytes - freeMemory);
  }
  if (reservation.cpus > freeCpus + TINY_CPUS) {
    return refuse('cpu', `has ${round(freeCpus)} cpu free`, reservation.cpus - freeCpus);
  }
  return undefined;
}

/** A constraint as a question to a host; its key is read once. */
function conditionOf(constraint: Constraint): Condition {
  const condition = conditions.get(constraint) ?? makeCondition(constraint);
  conditions.set(constraint, condition);
  return condition;
}

type Condition = (host: Host) => boolean;

const conditions = new WeakMap<Constraint, Condition>();

function makeCondition({ key, operator, value }: Constraint): Condition {
  const wanted = operator === '==';
  if (key === 'hostname') return ({ name }) => (name === value) === wanted;
  if (key === 'role') return ({ roles }) => roles.some((role) => role === value) === wanted;
  const label = key.replace(/^labels\./, '');
  return ({ labels }) => (labels[label] === value) === wanted;
}

function lacking({ key, operator, value }: Constraint): string {
  const name = key.replace(/^labels\./, '');
  return operator === '==' ? `lack ${name}=${value}` : `have ${name}=${value}`;
}

/** Bytes as whole MiB, rounded down. */
export function mebibytes(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}

/** Two decimals at most. */
export function round(number: number): number {
  return Math.round(number * 100) / 100;
}
