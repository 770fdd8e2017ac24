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
export interface Posed extends Question {
  /** What of it is judged by a release on record. */
  readonly judged: Settled;
  /** Service -> replicas, where that is not what the playbook as it is recorded says. */
  readonly replicas: Readonly<Record<string, number>>;
  /** The playbook as it is recorded. */
  readonly declared: Playbook;
  readonly pins: Readonly<Record<string, ImageFacts>>;
}

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
  const asked = { ...current?.replicas, ...(intent.kind === 'scale' ? intent.replicas : {}) };
  const { specs, parts } = record;
  const pins = body.pins ?? {};
  return {
    ...question,
    ...countedAs(playbook, asked),
    observed: { ...question.observed, images: body.images },
    inventory,
    judged: { specs, pins, ...(parts === undefined ? {} : { parts }) },
    pins,
  };
}

/** A deploy from files leaves the number to who scales the service, within the bounds that the files state now. */
export function withCounts<T extends Question>(question: T): T & Pick<Posed, 'playbook' | 'declared' | 'replicas'> {
  const { playbook, observed, intent } = question;
  const now = intent.kind === 'deploy' ? lastRecord(playbook.app, observed)?.replicas : undefined;
  const asked = playbook.services.flatMap(({ name, scale }): [string, number][] => {
    const wanted = now?.[name];
    if (scale === undefined || wanted === undefined) return [];
    const { min = 1, max = wanted } = scale;
    return [[name, Math.min(Math.max(wanted, min), Math.max(min, max))]];
  });
  return { ...question, ...countedAs(playbook, Object.fromEntries(asked)) };
}

function countedAs(
  declared: Playbook,
  asked: Readonly<Record<string, number>>,
): Pick<Posed, 'playbook' | 'declared' | 'replicas'> {
  const replicas = overridesOf(declared, asked);
  const services = declared.services.map((service) => counted(service, replicas));
  return { declared, playbook: { ...declared, services }, replicas };
}

/** Sorted by service; what the playbook says itself is not said again. */
function overridesOf(playbook: Playbook, asked: Readonly<Record<string, number>>): Record<string, number> {
  const entries = playbook.services.flatMap(({ name, replicas }): [string, number][] => {
    const wanted = asked[name];
    return wanted === undefined || wanted === replicas ? [] : [[name, wanted]];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function counted(service: Service, replicas: Readonly<Record<string, number>>): Service {
  const wanted = replicas[service.name];
  return wanted === undefined ? service : { ...service, replicas: wanted };
}
