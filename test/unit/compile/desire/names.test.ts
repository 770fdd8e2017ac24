import { expect, test } from 'vitest';
import { hostLines } from '../../../../src/compile/desire/names.ts';
import type { Service } from '../../../../src/model/playbook.ts';
import { container, type ServiceShape, service } from '../../../support/compile/worlds.ts';

const VIPS: Readonly<Record<string, string>> = { web: '10.96.0.2', db: '10.96.0.3', mail: '10.96.0.4' };

/** Lines of a service that shares all networks with `others`. */
function linesOf(own: Service, ...others: readonly Service[]): string[] {
  return hostLines(own, [own, ...others], (name) => VIPS[name] ?? '');
}

function aliased(name: string, networks: Service['networks'], shape: ServiceShape = {}): Service {
  return { ...service(name, { ports: ['80'], ...shape }), networks };
}

test('a service calls others and itself by name; one without ports is called by nobody and finds itself', () => {
  const web = service('web', { ports: ['80'] });
  const worker = service('worker');
  expect(linesOf(web, worker)).toEqual(['web:10.96.0.2']);
  expect(linesOf(worker, web)).toEqual(['web:10.96.0.2', 'worker:127.0.0.1']);
});

test('an alias holds on the networks that both are on, and nowhere else', () => {
  const db = aliased('db', { back: ['database'], audit: ['ledger'] });
  expect(linesOf(aliased('web', { back: [] }), db)).toEqual(['database:10.96.0.3', 'db:10.96.0.3', 'web:10.96.0.2']);
  expect(linesOf(db)).toEqual(['database:10.96.0.3', 'db:10.96.0.3', 'ledger:10.96.0.3']);
});

test('two services may have one alias, but a name of a service is that service', () => {
  const db = aliased('db', { back: ['store', 'mail'] });
  const mail = aliased('mail', { back: ['store'] });
  expect(linesOf(aliased('web', { back: [] }), db, mail)).toEqual([
    'db:10.96.0.3',
    'mail:10.96.0.4',
    'store:10.96.0.3',
    'store:10.96.0.4',
    'web:10.96.0.2',
  ]);
});

test('a link is a name for one service alone, and goes before all others', () => {
  const web = { ...service('web', { ports: ['80'] }), links: [{ service: 'db', alias: 'mail' }] };
  const others = [service('db', { ports: ['80'] }), service('mail', { ports: ['80'] })];
  expect(linesOf(web, ...others)).toEqual(['db:10.96.0.3', 'mail:10.96.0.3', 'web:10.96.0.2']);
  expect(linesOf(web)).toEqual(['web:10.96.0.2']);
});

test('the host name of a container is left to Docker, which leads it to the container itself', () => {
  const shape = { container: container({ options: { hostname: 'db' } }) };
  const db = aliased('db', { back: ['database'] }, shape);
  expect(linesOf(db)).toEqual(['database:10.96.0.3']);
});
