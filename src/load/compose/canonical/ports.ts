/** `ports`: one port of the container and where it is published per entry. */
import { bad } from '../../schema.ts';
import type { Path, Tree } from '../../tree.ts';
import { parsePortRange, parseWhole, wrong } from '../../units.ts';
import {
  attempt,
  type Form,
  fields,
  formatScalar,
  map,
  parsed,
  type ScalarTree,
  type Setting,
  spread,
  textOf,
  withDefaults,
} from './forms.ts';
import { parseAddress, parseProtocol, port, text } from './values.ts';

const EXPECTED = '"PUBLISHED:TARGET" such as "8080:80"';

const longPort: Form = fields({
  target: port,
  published: parsed(parsePublished),
  protocol: parsed(parseProtocol),
  host_ip: parsed(parseAddress),
  mode: parsed((value) => {
    if (value === 'ingress' || value === 'host') return value;
    throw wrong(value, 'a mode of publishing', 'ingress or host');
  }),
  name: text,
  app_protocol: text,
});

/** Short entries may stand for a range of ports: they become one entry for each. */
export const ports: Form = spread((tree, path, setting) => {
  if (tree.kind === 'scalar') return attempt(tree, path, setting, () => shortPorts(tree)) ?? [];
  return longPorts(tree, path, setting);
});

function longPorts(tree: Tree, path: Path, setting: Setting): readonly Tree[] {
  const before = setting.problems.length;
  const made = longPort(tree, path, setting);
  if (made?.kind !== 'map' || setting.problems.length > before) return [];
  const isWhole = attempt(made, path, setting, () => {
    if (textOf(made, 'target') === undefined)
      throw bad('has no target', { expected: 'target: the port of the container', hint: 'add target: 80' });
    return true;
  });
  const published = textOf(made, 'published');
  const entries = published === '' ? [...made.entries].filter(([key]) => key !== 'published') : made.entries;
  const whole = { ...made, entries: new Map(entries) };
  return isWhole === undefined ? [] : [withDefaults(whole, { mode: 'ingress', protocol: 'tcp' })];
}

/** `[ADDRESS:][PUBLISHED:]TARGET[/PROTOCOL]`; both ports may be ranges. */
function shortPorts(tree: ScalarTree): readonly Tree[] {
  const value = formatScalar(tree.value);
  const match = /^(?:(?:(\[[^\]]*\]|[^:]*):)?([^:]*):)?([^:/]+)(?:\/([^/:]+))?$/.exec(value);
  if (match === null) {
    const hint = value.includes('::') ? { hint: 'put an IPv6 address in brackets: "[::1]:8080:80"' } : {};
    throw bad(`${JSON.stringify(value)} is not a port mapping`, { expected: EXPECTED, ...hint });
  }
  const [, address = '', published = '', target = '', protocol = 'tcp'] = match;
  const targets = span(parsePortRange(target));
  const outside = published === '' ? undefined : span(publishedRange(published));
  // One port of the container and a range outside: one of the range is taken.
  const isChoice = outside !== undefined && targets.length === 1;
  if (outside !== undefined && !isChoice && outside.length !== targets.length)
    throw wrong(value, 'a mapping of ranges', 'two ranges of the same length');
  const shared = {
    mode: 'ingress',
    ...(address === '' ? {} : { host_ip: parseAddress(address) }),
    protocol: parseProtocol(protocol),
  };
  return targets.map((port, index) => {
    const one = isChoice ? parsePublished(published) : outside?.[index];
    return map({ ...shared, target: port, published: one === undefined ? undefined : String(one) }, tree.at);
  });
}

/** "8080", "8000-8010", or nothing. */
function parsePublished(value: string): string {
  if (value === '') return value;
  const [first, last] = publishedRange(value);
  return first === last ? String(first) : `${first}-${last}`;
}

/** Like a range of ports, but 0 asks for any port. */
function publishedRange(value: string): readonly [number, number] {
  return /^0+$/.test(value) ? [parseWhole(value, 0, 0), 0] : parsePortRange(value);
}

function span([first, last]: readonly [number, number]): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
