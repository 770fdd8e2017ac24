import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { attributePaths } from '../../../../src/load/compose/attributes-table.ts';
import { inner, schemaAt, typesOf } from '../../../../src/load/compose/schema.ts';
import { hostSchema, inventorySchema } from '../../../../src/load/inventory/schema.ts';
import { schemaText } from '../../../../src/load/schema-text.ts';
import { readCases } from '../support/cases.ts';

/** An editor's view: the printed text, checked itself against draft 7. */
function validatorOf(kind: 'playbook' | 'inventory'): ValidateFunction {
  return new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false, logger: false }).compile(
    JSON.parse(schemaText(kind)),
  );
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`);
}

const validators = { playbook: validatorOf('playbook'), inventory: validatorOf('inventory') };

function complaints(kind: 'playbook' | 'inventory', text: string): readonly string[] {
  const validate = validators[kind];
  validate(parse(text));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the printed schemas', () => {
  test.each(filesIn('playbooks'))('take the playbook %s', (path) => {
    expect(complaints('playbook', readFileSync(path, 'utf8'))).toEqual([]);
  });

  test.each(filesIn('inventory'))('take the inventory %s', (path) => {
    expect(complaints('inventory', readFileSync(path, 'utf8'))).toEqual([]);
  });

  test('refuse slips of the finger', () => {
    expect(complaints('playbook', 'services: { web: { imag: nginx } }')).not.toEqual([]);
    expect(complaints('playbook', 'services: { web: { x-fleet: { ingres: {} } } }')).not.toEqual([]);
    expect(complaints('playbook', 'services: { web: { ports: 8080:80 } }')).not.toEqual([]);
    expect(complaints('inventory', 'hosts: { vm1: { adress: 10.0.0.1 } }')).not.toEqual([]);
    expect(complaints('inventory', 'hosts: { vm1: { roles: [egde] } }')).not.toEqual([]);
    expect(complaints('inventory', 'defaults: { user: deploy }')).not.toEqual([]);
    expect(complaints('inventory', 'hosts: { vm1: }\nrouter: { shutdown_timeout: soon }')).not.toEqual([]);
  });

  test('mark what fleet refuses, and say what it does with the rest', () => {
    const { definitions } = JSON.parse(schemaText('playbook'));
    const { network_mode, image, ports } = definitions.service.properties;
    expect(network_mode).toMatchObject({ deprecated: true, type: 'string' });
    expect(network_mode.description).toContain('Instead: use networks');
    expect(image.deprecated).toBeUndefined();
    expect(ports.description).toContain('On a fleet: published on the edge hosts');
  });
});

describe('the schema of an inventory', () => {
  const broken = readCases('inventory').filter(({ says }) => says.startsWith('E_SCHEMA'));

  test.each(broken)('refuses $title, as fleet does', ({ input }) => {
    expect(complaints('inventory', input)).not.toEqual([]);
  });

  test('names the keys that fleet reads', () => {
    const printed = JSON.parse(schemaText('inventory'));
    expect(keysOf(printed)).toEqual(keysOf(toJson(inventorySchema)));
    expect(keysOf(printed.definitions.host)).toEqual(keysOf(toJson(hostSchema)));
    const read = toJson(inventorySchema).properties;
    expect(keysOf(printed.properties.network)).toEqual(keysOf(read.network));
    expect(keysOf(printed.properties.router)).toEqual(keysOf(read.router));
    expect(keysOf(printed.definitions.resources)).toEqual(keysOf(toJson(hostSchema).properties.capacity));
  });
});

describe('places in the schema of a playbook', () => {
  test('have the attribute that the table writes', () => {
    expect(schemaAt(['services', 'web', 'ports', 0, 'target'])?.attribute).toBe('services.*.ports[].target');
    expect(schemaAt(['networks', 'front', 'ipam', 'config', 2, 'subnet'])?.attribute).toBe(
      'networks.*.ipam.config[].subnet',
    );
    expect(schemaAt(['services', 'web', 'enviroment'])).toBeUndefined();
    expect(attributePaths()).toContain('services.*.x-fleet.ingress[].host');
  });

  test('know the types that fit', () => {
    expect(typesOf(schemaAt(['services', 'web', 'command'])?.schema ?? {})).toEqual(['null', 'string', 'array']);
    expect(inner(schemaAt(['services', 'web', 'volumes'])?.schema ?? {}, 3)?.step).toBe('[]');
  });
});

interface Printed {
  readonly properties: Readonly<Record<string, Printed>>;
}

function toJson(type: z.ZodType): Printed {
  return z.toJSONSchema(type, { unrepresentable: 'any' }) as unknown as Printed;
}

function keysOf(schema: Printed | undefined): readonly string[] {
  return Object.keys(schema?.properties ?? {}).sort();
}
