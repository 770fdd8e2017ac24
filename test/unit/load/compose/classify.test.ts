import { expect, test } from 'vitest';
import { classify } from '../../../../src/load/compose/classify.ts';
import { settle } from '../../../../src/load/compose/merge.ts';
import type { Tree } from '../../../../src/load/tree.ts';
import { parseYaml } from '../../../../src/load/yaml.ts';
import { type FleetError, FleetErrors } from '../../../../src/model/error.ts';
import { refusal } from '../support/render.ts';

function treeOf(text: string): Tree {
  const { tree } = parseYaml({ path: 'shop.yaml', text });
  if (tree === undefined) throw new Error('not YAML');
  return tree;
}

function notesOf(text: string): readonly string[] {
  const problems: FleetError[] = [];
  const notes = classify(treeOf(text), problems);
  expect(problems).toEqual([]);
  return notes;
}

async function refusedOf(text: string): Promise<string> {
  const problems: FleetError[] = [];
  classify(treeOf(text), problems);
  return refusal(async () => {
    if (problems.length > 0) throw new FleetErrors(problems, 2);
  });
}

test('what means nothing on a fleet is a note each', () => {
  const text = `version: "3"
services:
  web:
    image: nginx
    attach: false
    develop: { watch: [{ path: ., action: sync }] }
    networks: { front: { ipv4_address: 10.0.0.5, aliases: [w] } }
    depends_on: { db: { condition: service_started, restart: true, required: true } }
    ports: [{ target: 80, published: "80", name: web }]
networks: { front: { ipam: { config: [{ subnet: 10.0.0.0/24 }] } } }`;
  expect(notesOf(text)).toEqual([
    'version: Compose ignores it too',
    'services.web.attach: nobody is attached: see fleet logs',
    'services.web.develop: is for the machine of a developer',
    'services.web.networks.front.ipv4_address: fleet gives every service one stable address',
    'services.web.depends_on.db.restart: names and addresses of services do not change, so nobody has to start again',
    'services.web.ports[0].name: is for people',
    'networks.front.ipam: subnets come from network.subnets of the inventory',
  ]);
});

test('what is refused is a problem at its key, with the way out', async () => {
  const text = `services:
  web: { image: nginx, network_mode: host, volumes: [{ type: image, source: a, target: /b, image: { subpath: c } }] }
networks: { front: { external: true } }
secrets: { pw: { external: { name: x } } }`;
  expect(await refusedOf(text)).toBe(
    `E_UNSUPPORTED shop.yaml:2:24 services.web.network_mode: not supported: every container stands in the networks of its service
  |   web: { image: nginx, network_mode: host, volumes: [{ type: image, source: a, target: /b, image: { subpath: c } }] }
  |                        ^^^^^^^^^^^^
  hint: use networks; ports are published on the edge hosts
E_UNSUPPORTED shop.yaml:2:92 services.web.volumes[0].image: not supported: only Docker 28 and newer know it
  |   web: { image: nginx, network_mode: host, volumes: [{ type: image, source: a, target: /b, image: { subpath: c } }] }
  |                                                                                            ^^^^^
  hint: copy the files in the Dockerfile
E_UNSUPPORTED shop.yaml:3:22 networks.front.external: not supported: networks belong to one app
  | networks: { front: { external: true } }
  |                      ^^^^^^^^
  hint: remove it, and the network is this app's own; apps reach each other over published ports
E_UNSUPPORTED shop.yaml:4:18 secrets.pw.external: not supported: fleet keeps no values on the hosts
  | secrets: { pw: { external: { name: x } } }
  |                  ^^^^^^^^
  hint: give it a file, an environment variable, or x-fleet: { command: [...] }`,
  );
});

test('values that ask for nothing are silent', async () => {
  const text = `services:
  web:
    image: nginx
    attach: true
    use_api_socket: false
    isolation: default
    post_start: []
    develop:
    credential_spec: {}
networks: { front: { external: false, enable_ipv4: true, enable_ipv6: false, attachable: false, ipam: {} } }
x-any: { network_mode: host }`;
  expect(notesOf(text)).toEqual([]);
});

test('what follows from something else is no note: nobody wrote it', () => {
  const text = 'services: { web: { image: a, links: [db] }, db: { image: b } }';
  const notes = classify(settle(treeOf(text)), []);
  expect(notes.filter((note) => note.includes('depends_on'))).toEqual([]);
});
