/** `--what-if`: words of the command line to assumptions that can be. */
import { FleetError, FleetErrors } from '../model/error.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Playbook } from '../model/playbook.ts';
import type { Assumption } from '../model/what-if.ts';
import { nearestHint } from './nearest.ts';
import { parseCpus, parseSize, parseWhole } from './units.ts';

/** What the words may name. */
export interface Named {
  readonly inventory: Pick<Inventory, 'hosts'>;
  readonly playbook: Pick<Playbook, 'services'>;
  /** Services that are planned; empty: all. */
  readonly services: readonly string[];
}

const GRAMMAR = 'lose=HOST, cordon=HOST, scale.SERVICE=N or add=HOST[:cpus=N][:memory=SIZE], with commas between them';

/** More replicas of one service than any fleet runs. */
const MOST_REPLICAS = 10_000;

/** Reads them all. Throws FleetErrors (exit code 2) with every problem of all words. */
export function readAssumptions(words: readonly string[], named: Named): Assumption[] {
  const problems: FleetError[] = [];
  if (words.length === 0) problems.push(new FleetError('E_VALUE', '--what-if names nothing', { expected: GRAMMAR }));
  const read = new Map<string, { word: string; assumption: Assumption }>();
  for (const word of new Set(words)) {
    try {
      const assumption = assumptionOf(word, named);
      const about = 'host' in assumption ? `host ${assumption.host}` : `service ${assumption.service}`;
      const other = read.get(about);
      if (other === undefined) read.set(about, { word, assumption });
      else problems.push(wrong(`${other.word} and ${word} can not both be so`));
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      problems.push(error);
    }
  }
  const assumptions = [...read.values()].map(({ assumption }) => assumption);
  const left = named.inventory.hosts.length - assumptions.filter(({ kind }) => kind === 'lose').length;
  if (left === 0) problems.push(wrong('every host would be lost: nothing is left to plan with'));
  if (problems.length > 0) throw new FleetErrors(problems, 2);
  return assumptions;
}

function assumptionOf(word: string, named: Named): Assumption {
  const [, key = '', value = ''] = /^([^=]+)=(.+)$/.exec(word) ?? [];
  if (key === 'lose' || key === 'cordon') return { kind: key, host: knownHost(value, named) };
  if (key === 'add') return added(value, word, named);
  if (key.startsWith('scale.')) return scaled(key.slice('scale.'.length), value, word, named);
  const hint = nearestHint(key.replace(/\..*$/, ''), ['lose', 'cordon', 'scale', 'add']);
  throw wrong(`--what-if can not be "${word}"`, hint);
}

function knownHost(name: string, { inventory }: Named): string {
  const names = inventory.hosts.map((host) => host.name);
  if (names.includes(name)) return name;
  const hint = nearestHint(name, names) ?? 'fleet hosts lists them';
  throw new FleetError('E_REFERENCE', `there is no host "${name}" in the inventory`, { hint });
}

function scaled(name: string, text: string, word: string, { playbook, services }: Named): Assumption {
  const service = playbook.services.find((one) => one.name === name);
  if (service === undefined) {
    const names = playbook.services.map((one) => one.name);
    const hint = nearestHint(name, names) ?? `one of ${[...names].sort().join(', ')}`;
    throw new FleetError('E_REFERENCE', `there is no service "${name}" in the playbook`, { hint });
  }
  if (service.job !== undefined) throw new FleetError('E_VALUE', `${word}: ${name} is a job, it does not keep running`);
  if (service.mode === 'global') {
    throw new FleetError('E_VALUE', `${word}: ${name} runs once on every host`, { hint: 'add=HOST or lose=HOST' });
  }
  if (services.length > 0 && !services.includes(name)) {
    const hint = `fleet plan ${[...services, name].join(' ')} --what-if ${word}`;
    throw new FleetError('E_VALUE', `${word} changes nothing: only ${services.join(', ')} is planned`, { hint });
  }
  return { kind: 'scale', service: name, replicas: numberIn(word, () => parseWhole(text, 0, MOST_REPLICAS)) };
}

function added(value: string, word: string, { inventory }: Named): Assumption {
  const [name = '', ...parts] = value.split(':');
  if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name)) throw wrong(`--what-if can not be "${word}"`);
  if (inventory.hosts.some((host) => host.name === name)) {
    throw new FleetError('E_VALUE', `${word}: ${name} is in the inventory already`, { hint: 'give it another name' });
  }
  const given = new Map<string, number>();
  for (const part of parts) {
    const [key = '', text = ''] = part.split('=');
    const parse = { cpus: parseCpus, memory: parseSize }[key];
    if (parse === undefined || given.has(key)) throw wrong(`--what-if can not be "${word}"`);
    given.set(
      key,
      numberIn(word, () => parse(text)),
    );
  }
  const [cpus, memoryBytes] = [given.get('cpus'), given.get('memory')];
  const capacity = {
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
  return { kind: 'add', host: name, capacity };
}

/** A value's own complaint, with the word that it stands in. */
function numberIn(word: string, parse: () => number): number {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    throw new FleetError('E_VALUE', `${word}: ${error.message}`, { expected: error.expected ?? GRAMMAR });
  }
}

function wrong(message: string, hint?: string): FleetError {
  return new FleetError('E_VALUE', message, { expected: GRAMMAR, ...(hint === undefined ? {} : { hint }) });
}
