/** What is asked, made ready: every intent becomes a playbook and an inventory to compare with what is observed. */
import type { Inventory } from '../model/inventory.ts';
import type { ImageFacts, Observed, ReleaseRecord } from '../model/observed.ts';
import type { Intent } from '../model/plan.ts';
import type { Playbook, Service } from '../model/playbook.ts';
import type { ReleaseBody } from '../model/release.ts';
import type { Assumption } from '../model/what-if.ts';
import { lastRecord } from './desire/release.ts';
import type { Settled } from './desire/spec.ts';
import { marked } from './hosts/marks.ts';

/** All that a plan depends on. */
export interface Question {
  readonly inventory: Inventory;
  readonly playbook: Playbook;
  readonly observed: Observed;
  readonly intent: Intent;
  /** The release that the playbook comes from; absent when it comes from files. */
  readonly settled?: Release;
  /** The last release, for a deploy of some services only; absent when nobody has its body any more. */
  readonly base?: ReleaseBody;
  /** What is taken as so, for a what-if. Absent or empty: nothing, and the plan is one to carry out. */
  readonly assumptions?: readonly Assumption[];
  /** Epoch milliseconds, where something depends on the time. No part of a plan's digest. */
  readonly now?: number;
}

/** A release as it is kept. */
export interface Release {
  readonly record: ReleaseRecord;
  readonly body: ReleaseBody;
}

/** A question whose playbook has the numbers of replicas that are meant. */
export interface Posed extends Question, Counted {
  /** What of it is judged by a release on record. */
  readonly judged: Settled;
  readonly pins: Readonly<Record<string, ImageFacts>>;
}

/** A playbook with the numbers of replicas that are meant now, and what they come from. */
interface Counted {
  readonly playbook: Playbook;
  /** The playbook as it is recorded. */
  readonly declared: Playbook;
  /** Service -> replicas that people asked for, where that is not what the playbook as it is recorded says. */
  readonly replicas: Readonly<Record<string, number>>;
  /** Service -> replicas that a watcher asked for, where that is not what people did. */
  readonly scaled: Readonly<Record<string, number>>;
}

/** Numbers of replicas by service, as a record has them. */
type Counts = Pick<ReleaseRecord, 'replicas' | 'scaled'>;

/**
 * Puts marks of hosts in force, and numbers of replicas that were asked for by command. Those outlast a rollback, because
 * traffic now needs what it needs; they do not outlast a deploy from files.
 */
export function pose(question: Question): Posed {
  const { settled, playbook, intent } = question;
  const inventory = marked(question.inventory, question.observed);
  if (settled === undefined) return { ...withCounts(question), inventory, judged: { specs: {} }, pins: {} };
  const { record, body } = settled;
  const current = intent.kind === 'rollback' ? lastRecord(playbook.app, question.observed) : record;
  const { specs, parts } = record;
  const pins = body.pins ?? {};
  return {
    ...question,
    ...countedAs(playbook, asked(intent, current ?? {})),
    observed: { ...question.observed, images: body.images },
    inventory,
    judged: { specs, pins, ...(parts === undefined ? {} : { parts }) },
    pins,
  };
}

/** A person's number is what is declared from now on; a watcher's is beside it until the watcher asks for that again. */
function asked(intent: Intent, { replicas = {}, scaled = {} }: Counts): Counts {
  if (intent.kind !== 'scale') return { replicas, scaled };
  if (intent.watcher !== undefined) return { replicas, scaled: { ...scaled, ...intent.replicas } };
  const others = Object.entries(scaled).filter(([name]) => intent.replicas[name] === undefined);
  return { replicas: { ...replicas, ...intent.replicas }, scaled: Object.fromEntries(others) };
}

/** A deploy from files leaves the number to who scales the service, within the bounds that the files state now. */
export function withCounts<T extends Question>(question: T): T & Counted {
  const { playbook, observed, intent } = question;
  const now = intent.kind === 'deploy' ? lastRecord(playbook.app, observed) : undefined;
  const within = (counts: Readonly<Record<string, number>> | undefined): Record<string, number> =>
    Object.fromEntries(
      playbook.services.flatMap(({ name, scale }): [string, number][] => {
        const wanted = counts?.[name];
        if (scale === undefined || wanted === undefined) return [];
        const { min = 1, max = wanted } = scale;
        return [[name, Math.min(Math.max(wanted, min), Math.max(min, max))]];
      }),
    );
  return { ...question, ...countedAs(playbook, { replicas: within(now?.replicas), scaled: within(now?.scaled) }) };
}

function countedAs(declared: Playbook, { replicas: byPeople = {}, scaled: byWatcher = {} }: Counts): Counted {
  const replicas = overridesOf(declared.services, byPeople);
  const people = declared.services.map((service) => counted(service, replicas));
  // Where nothing asks the watcher to scale any more, it would never take its number back.
  const scaled = overridesOf(
    people.filter(({ scale }) => scale !== undefined),
    byWatcher,
  );
  const services = people.map((service) => counted(service, scaled));
  return { declared, playbook: { ...declared, services }, replicas, scaled };
}

/** Sorted by service; what the services say themselves is not said again. */
function overridesOf(services: readonly Service[], wanted: Readonly<Record<string, number>>): Record<string, number> {
  const entries = services.flatMap(({ name, replicas }): [string, number][] => {
    const number = wanted[name];
    return number === undefined || number === replicas ? [] : [[name, number]];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function counted(service: Service, replicas: Readonly<Record<string, number>>): Service {
  const wanted = replicas[service.name];
  return wanted === undefined ? service : { ...service, replicas: wanted };
}
