/** A project as `docker compose config` shows it: what is active, with what Compose adds, as plain data. */
import { FleetError } from '../../model/error.ts';
import { readEnvFile } from '../env.ts';
import type { Variables } from '../interpolate.ts';
import { nearestHint } from '../nearest.ts';
import type { ReadFile } from '../source.ts';
import { plain } from '../tree.ts';
import type { Project } from './project.ts';
import { ordered } from './project-order.ts';
import { asData, asList, type Data, texts, usedNames } from './project-part.ts';

/** What is shown of a project. */
export interface ConfigOptions {
  /** Active profiles; "*" is all. */
  readonly profiles: readonly string[];
  /** Services with what they depend on; none: all active ones. */
  readonly services: readonly string[];
  /** 'resolved' takes env_file and label_file into environment and labels. */
  readonly environment: 'resolved' | 'as-written';
  readonly readFile: ReadFile;
}

/** The project as data in Compose's order of keys. Throws FleetError E_FILE and its like for env files. */
export async function configOf(project: Project, options: ConfigOptions): Promise<Data> {
  const all = asData(plain(project.tree));
  const services = activeServices(asData(all.services), options);
  const shown: Data = {};
  for (const name of Object.keys(services).sort()) {
    const service = normalized(asData(services[name]), project.variables);
    shown[name] = options.environment === 'resolved' ? await withFiles(service, project, options.readFile) : service;
  }
  const used = usedNames(shown);
  const resources = Object.fromEntries(
    (['networks', 'volumes', 'secrets', 'configs', 'models'] as const).flatMap((kind) => {
      const own = asData(all[kind]);
      const names = [...(used.get(kind) ?? [])].filter(
        (name) => name in own || (kind === 'networks' && name === 'default'),
      );
      if (names.length === 0) return [];
      return [
        [
          kind,
          Object.fromEntries(names.sort().map((name) => [name, named(kind, name, asData(own[name]), project.name)])),
        ],
      ];
    }),
  );
  const extensions = Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith('x-')));
  return ordered({ name: project.name, services: shown, ...resources, ...extensions });
}

/** All profiles that a service of the project names, sorted. */
export function profilesIn(project: Project): readonly string[] {
  const services = Object.values(asData(asData(plain(project.tree)).services));
  return [...new Set(services.flatMap((service) => texts(asData(service).profiles)))].sort();
}

function activeServices(services: Data, { profiles, services: asked }: ConfigOptions): Data {
  if (asked.length > 0) {
    const unknown = asked.find((name) => services[name] === undefined);
    if (unknown !== undefined) throw noService(unknown, Object.keys(services));
    const wanted = new Set<string>();
    const add = (name: string): void => {
      if (wanted.has(name) || services[name] === undefined) return;
      wanted.add(name);
      for (const other of Object.keys(dependenciesOf(asData(services[name])))) add(other);
    };
    for (const name of asked) add(name);
    return Object.fromEntries(Object.entries(services).filter(([name]) => wanted.has(name)));
  }
  const isActive = (service: Data) => {
    const own = texts(service.profiles);
    return own.length === 0 || own.some((profile) => profiles.includes(profile) || profiles.includes('*'));
  };
  return Object.fromEntries(Object.entries(services).filter(([, service]) => isActive(asData(service))));
}

function noService(name: string, all: readonly string[]): FleetError {
  const hint = nearestHint(name, all) ?? `one of ${[...all].sort().join(', ')}`;
  return new FleetError('E_REFERENCE', `there is no service "${name}" in the playbook`, { hint });
}

/** What Compose adds to every service. */
function normalized(service: Data, variables: Variables): Data {
  const result: Data = { ...service };
  if (service.build !== undefined) result.build = normalizedBuild(asData(service.build), variables);
  if (isEmpty(service.networks) && service.network_mode === undefined && service.provider === undefined) {
    result.networks = { default: null };
  }
  if (service.pull_policy === 'if_not_present') result.pull_policy = 'missing';
  const needs = dependenciesOf(service);
  if (Object.keys(needs).length > 0) result.depends_on = needs;
  return result;
}

/** Arguments without a value take the variable's or are left out; keys of ssh are a list again. */
function normalizedBuild(build: Data, variables: Variables): Data {
  const result: Data = { ...build };
  if (build.args !== undefined) {
    const given = Object.entries(asData(build.args)).map(([name, value]) => [name, value ?? variables[name]] as const);
    result.args = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  }
  if (build.ssh !== undefined) {
    result.ssh = Object.entries(asData(build.ssh)).map(([id, path]) => (path === null ? id : `${id}=${String(path)}`));
  }
  return result;
}

/** `depends_on`, and what links, volumes_from and shared namespaces imply. */
function dependenciesOf(service: Data): Data {
  const needs: Data = { ...asData(service.depends_on) };
  const add = (name: string, restart: boolean) => {
    needs[name] ??= { condition: 'service_started', ...(restart ? { restart } : {}), required: true };
  };
  for (const link of texts(service.links)) add(link.split(':')[0] ?? link, true);
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const other = /^service:(.+)$/.exec(String(service[key] ?? ''))?.[1];
    if (other !== undefined) add(other, true);
  }
  for (const one of texts(service.volumes_from)) {
    if (!one.startsWith('container:')) add(one.split(':')[0] ?? one, false);
  }
  return needs;
}

async function withFiles(service: Data, { variables }: Project, readFile: ReadFile): Promise<Data> {
  const { env_file: envFiles, label_file: labelFiles, ...rest } = service;
  const environment: Data = {};
  for (const file of asList(envFiles).map(asData)) {
    const path = String(file.path);
    if (file.required === false && !(await canRead(path, readFile))) continue;
    const context = { variables, ...(file.format === 'raw' ? { format: 'raw' as const } : {}) };
    Object.assign(environment, await readEnvFile(path, readFile, context));
  }
  const labels: Data = {};
  for (const path of texts(labelFiles)) Object.assign(labels, await readEnvFile(path, readFile, { variables }));
  return withAll(withAll(rest, 'environment', environment), 'labels', labels);
}

function withAll(service: Data, key: string, before: Variables | Data): Data {
  const all = { ...before, ...asData(service[key]) };
  return Object.keys(all).length === 0 ? service : { ...service, [key]: all };
}

async function canRead(path: string, readFile: ReadFile): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

/** The resource with the name it has outside. */
function named(kind: string, key: string, own: Data, project: string): Data {
  if (kind === 'models') return own;
  const name = own.name ?? (own.external === true ? key : `${project}_${key}`);
  const { external, ...rest } = own;
  return { ...rest, name, ...(external === true ? { external } : {}) };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || Object.keys(asData(value)).length === 0;
}
