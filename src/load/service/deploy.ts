/** `deploy`: how many, how big, where, and how they are replaced. */
import type { Constraint } from '../../model/playbook.ts';
import { bad, checked, fields, list, oneOf, parsed, text, unsupported } from '../schema.ts';
import { parseCpus, parseDuration, parseRatio, parseSize, parseWhole } from '../units.ts';
import { gpus } from './gpus.ts';
import { labels } from './lists.ts';

const cpus = parsed('a number of CPUs', parseCpus);
const memory = parsed('a size such as 512m', parseSize);
const count = parsed('a number', (value) => parseWhole(value, 0, 10_000));
const duration = parsed('a duration such as 10s', parseDuration);

const policy = fields({
  parallelism: count.optional(),
  delay: duration.optional(),
  monitor: duration.optional(),
  order: oneOf('start-first', 'stop-first').optional(),
  max_failure_ratio: parsed('a number from 0 to 1', parseRatio).optional(),
  failure_action: checked(text('rollback or pause'), failureAction).optional(),
});

/** `deploy:`. */
export const deploySchema = fields({
  mode: oneOf('replicated', 'global', 'replicated-job', 'global-job').optional(),
  replicas: count.optional(),
  labels: labels.optional(),
  update_config: policy.optional(),
  rollback_config: policy.optional(),
  resources: fields({
    limits: fields({
      cpus: cpus.optional(),
      memory: memory.optional(),
      pids: parsed('a number', (value) => parseWhole(value, -1, 4_194_304)).optional(),
    }).optional(),
    reservations: fields({
      cpus: cpus.optional(),
      memory: memory.optional(),
      devices: gpus.optional(),
    }).optional(),
  }).optional(),
  placement: fields({
    constraints: list(checked(text('a constraint'), parseConstraint)).optional(),
    preferences: list(fields({ spread: checked(text('node.labels.NAME'), parseSpread) })).optional(),
    max_replicas_per_node: parsed('a number', (value) => parseWhole(value, 0, 10_000)).optional(),
  }).optional(),
  restart_policy: fields({
    condition: oneOf('none', 'on-failure', 'any').optional(),
    max_attempts: parsed('a number', (value) => parseWhole(value, 1, 10_000)).optional(),
  }).optional(),
  endpoint_mode: checked(text('vip'), endpointMode).optional(),
});

/** `node.labels.zone == a`; blanks do not matter. */
function parseConstraint(line: string): Constraint {
  const match = /^\s*node\.(hostname|role|labels\.[A-Za-z0-9_./-]+)\s*(==|!=)\s*(\S.*?)\s*$/.exec(line);
  if (match === null) {
    throw bad(`"${line}" is not a constraint`, {
      expected: 'node.hostname, node.role or node.labels.NAME, then == or !=, then a value',
    });
  }
  const [, key = '', operator, value = ''] = match;
  if (key === 'role' && value !== 'worker' && value !== 'edge') {
    throw bad(`no host has the role "${value}"`, {
      expected: 'worker or edge',
      hint:
        value === 'manager'
          ? 'a fleet has no managers: leave it out, or label hosts in the inventory and use node.labels.NAME'
          : 'use node.labels.NAME for groups of your own',
    });
  }
  return { key, operator: operator === '!=' ? '!=' : '==', value };
}

function parseSpread(word: string): string {
  const match = /^node\.labels\.([A-Za-z0-9_./-]+)$/.exec(word);
  if (match?.[1] !== undefined) return match[1];
  throw bad(`"${word}" is nothing to spread over`, { expected: 'node.labels.NAME, such as node.labels.zone' });
}

function endpointMode(word: string): 'vip' {
  if (word === 'vip') return word;
  if (word === 'dnsrr') {
    throw unsupported('names lead to one stable address, not to each replica', 'use vip, or leave it out');
  }
  throw bad(`"${word}" is no way to reach a service`, { expected: 'vip' });
}

function failureAction(word: string): 'rollback' | 'pause' {
  if (word === 'rollback' || word === 'pause') return word;
  if (word === 'continue') {
    throw unsupported('going on after a failure would replace good replicas by bad ones', 'use rollback or pause');
  }
  throw bad(`"${word}" is nothing to do after a failure`, { expected: 'rollback or pause' });
}
