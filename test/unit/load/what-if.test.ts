import { expect, test } from 'vitest';
import { readAssumptions } from '../../../src/load/what-if.ts';
import { FleetErrors } from '../../../src/model/error.ts';
import { service, world } from '../../support/compile/worlds.ts';

const fleet = world({
  services: [
    service('api'),
    service('web'),
    service('agent', { mode: 'global' }),
    service('migrate', { job: 'pre-deploy' }),
  ],
});
const read = (words: readonly string[], services: readonly string[] = []) =>
  readAssumptions(words, { ...fleet, services });

function problems(words: readonly string[], services: readonly string[] = []): string[] {
  try {
    read(words, services);
  } catch (error) {
    if (!(error instanceof FleetErrors)) throw error;
    expect(error.exitCode).toBe(2);
    return error.problems.map(
      ({ code, message, hint }) => `${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
    );
  }
  return [];
}

test('each kind of assumption is read, and what is said twice counts once', () => {
  expect(read(['lose=vm3', 'lose=vm3', 'cordon=vm2', 'scale.web=12', 'add=vm9', 'add=vm10:cpus=8:memory=16G'])).toEqual(
    [
      { kind: 'lose', host: 'vm3' },
      { kind: 'cordon', host: 'vm2' },
      { kind: 'scale', service: 'web', replicas: 12 },
      { kind: 'add', host: 'vm9', capacity: {} },
      { kind: 'add', host: 'vm10', capacity: { cpus: 8, memoryBytes: 16 * 2 ** 30 } },
    ],
  );
});

test('all problems of all words come in one run, with the nearest name', () => {
  expect(problems(['lose=vn3', 'scale.wbe=2', 'scale.web=many', 'looze', 'lsoe=vm1', 'add=vm9:disk=3'])).toEqual([
    'E_REFERENCE there is no host "vn3" in the inventory | did you mean "vm3"?',
    'E_REFERENCE there is no service "wbe" in the playbook | did you mean "web"?',
    'E_VALUE scale.web=many: "many" is not a whole number from 0 to 10000',
    'E_VALUE --what-if can not be "looze"',
    'E_VALUE --what-if can not be "lsoe=vm1" | did you mean "lose"?',
    'E_VALUE --what-if can not be "add=vm9:disk=3"',
  ]);
});

test('a malformed word is told the grammar', () => {
  expect(() => read(['lose'])).toThrow(
    expect.objectContaining({
      problems: [expect.objectContaining({ expected: expect.stringContaining('lose=HOST, cordon=HOST') })],
    }),
  );
});

test('what can not be so is refused: no words, two fates of one host, no host left, jobs and services without a number', () => {
  expect(problems([])).toEqual(['E_VALUE --what-if names nothing']);
  expect(problems(['lose=vm1', 'cordon=vm1'])).toEqual(['E_VALUE lose=vm1 and cordon=vm1 can not both be so']);
  expect(problems(['lose=vm1', 'lose=vm2', 'lose=vm3'])).toEqual([
    'E_VALUE every host would be lost: nothing is left to plan with',
  ]);
  expect(problems(['add=vm1'])).toEqual(['E_VALUE add=vm1: vm1 is in the inventory already | give it another name']);
  expect(problems(['scale.migrate=2'])).toEqual([
    'E_VALUE scale.migrate=2: migrate is a job, it does not keep running',
  ]);
  expect(problems(['scale.agent=2'])).toEqual([
    'E_VALUE scale.agent=2: agent runs once on every host | add=HOST or lose=HOST',
  ]);
});

test('scaling a service that is not planned would change nothing, which is said', () => {
  expect(problems(['scale.api=2'], ['web'])).toEqual([
    'E_VALUE scale.api=2 changes nothing: only web is planned | fleet plan web api --what-if scale.api=2',
  ]);
});
