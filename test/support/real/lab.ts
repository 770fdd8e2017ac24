/** The practice hosts of the integration tests, and what can be seen on them past fleet's back. */
import { inject } from 'vitest';
import { rootExec } from '../../../src/lab/index.ts';
import { type FleetOptions, type FleetRun, fleet, fleetOk, TOP } from './fleet.ts';

/** The lab that the tests share; another one than people play with. Its name can be changed, for two runs side by side. */
export const LAB_NAME = process.env.FLEET_TEST_LAB ?? 'suite';

/** What a test needs to know of the lab. */
export interface TestLab {
  readonly inventory: string;
  /** The registry that the hosts pull from, as `http://10.88.0.1:5000`. */
  readonly registry: string;
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly roles: readonly string[] }[];
}

/** A container as `docker ps` on its host shows it. */
export interface RealContainer {
  readonly host: string;
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/** The lab that setup.ts made. */
export function theLab(): TestLab {
  return inject('lab');
}

/** Where clients go in. */
export function edgeUrls(lab: TestLab = theLab()): readonly string[] {
  return lab.hosts.filter((host) => host.roles.includes('edge')).map((host) => `http://${host.address}`);
}

/** Runs fleet on the lab with a playbook (a path from the top of the project). */
export function onLab(playbook: string, args: readonly string[], options: FleetOptions = {}): Promise<FleetRun> {
  return fleet([...args, '--inventory', theLab().inventory, '--file', TOP + playbook], options);
}

/** The same, and it must succeed. */
export function onLabOk(playbook: string, args: readonly string[], options: FleetOptions = {}): Promise<FleetRun> {
  return fleetOk([...args, '--inventory', theLab().inventory, '--file', TOP + playbook], options);
}

/** Runs a command as root in every host that is on; throws when it fails in one of them. */
export async function onEachHost(argv: readonly string[], lab: TestLab = theLab()): Promise<Map<string, string>> {
  const answers = await Promise.all(
    lab.hosts.map(async ({ name }) => {
      const { exitCode, stdout, stderr } = await rootExec(name, argv, { labName: LAB_NAME });
      if (exitCode !== 0) throw new Error(`${name}: ${argv.join(' ')} ended with ${exitCode}: ${stderr}`);
      return [name, stdout] as const;
    }),
  );
  return new Map(answers);
}

/** All containers on all hosts, running or not, but for fleet's routers; sorted by name. */
export async function containers(): Promise<readonly RealContainer[]> {
  const answers = await onEachHost([
    'docker',
    'ps',
    '--all',
    '--no-trunc',
    '--format',
    '{{.ID}} {{.Names}} {{.State}}',
  ]);
  return [...answers]
    .flatMap(([host, text]) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => toContainer(host, line)),
    )
    .filter(({ name }) => name !== 'fleet-router')
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Takes the app off all hosts, with its data. */
export async function removeApp(playbook: string): Promise<void> {
  await onLabOk(playbook, ['remove', '--yes', '--volumes']);
  const left = await containers();
  if (left.length > 0) throw new Error(`left after fleet remove: ${left.map(({ name }) => name).join(', ')}`);
}

function toContainer(host: string, line: string): RealContainer {
  const [id = '', name = '', state = ''] = line.split(' ');
  return { host, id, name, state };
}
