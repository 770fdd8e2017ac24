/** What a service needs without saying so under `depends_on`: whom it links to or shares a namespace with. */
import type { Location } from '../../../model/error.ts';
import type { Entry, Tree } from '../../tree.ts';

const NAMESPACES = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'];

interface Need {
  readonly service: string;
  readonly at: Location;
  readonly restart: boolean;
}

/** The service with all that it depends on. What it says itself stays as it is. */
export function withImplied(service: Tree): Tree {
  if (service.kind !== 'map') return service;
  const needs = [
    ...textsOf(service.entries.get('links')).map(({ text, at }) => need(text.split(':')[0] ?? '', at, true)),
    ...NAMESPACES.flatMap((key) => textsOf(service.entries.get(key)))
      .filter(({ text }) => text.startsWith('service:'))
      .map(({ text, at }) => need(text.slice('service:'.length), at, true)),
    ...textsOf(service.entries.get('volumes_from'))
      .filter(({ text }) => !text.startsWith('container:'))
      .map(({ text, at }) => need(text.split(':')[0] ?? '', at, false)),
  ];
  const [first] = needs;
  const said = service.entries.get('depends_on');
  if (first === undefined || (said !== undefined && said.value.kind === 'list')) return service;
  const entries = new Map<string, Entry>();
  for (const one of needs) entries.set(one.service, { key: one.at, value: started(one) });
  const own = said?.value.kind === 'map' ? said.value.entries : new Map<string, Entry>();
  for (const [name, entry] of own) entries.set(name, entry);
  const value: Tree = { kind: 'map', entries, at: said?.value.at ?? first.at };
  return { ...service, entries: new Map([...service.entries, ['depends_on', { key: said?.key ?? first.at, value }]]) };
}

function need(service: string, at: Location, restart: boolean): Need {
  return { service, at, restart };
}

function started({ at, restart }: Need): Tree {
  const entries = new Map<string, Entry>();
  const said = { condition: 'service_started', ...(restart ? { restart } : {}), required: true };
  for (const [key, value] of Object.entries(said)) entries.set(key, { key: at, value: { kind: 'scalar', value, at } });
  return { kind: 'map', entries, at, isImplied: true };
}

function textsOf(entry: Entry | undefined): readonly { readonly text: string; readonly at: Location }[] {
  const value = entry?.value;
  const items = value?.kind === 'list' ? value.items : value?.kind === 'scalar' ? [value] : [];
  return items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [{ text: item.value, at: item.at }] : [],
  );
}
