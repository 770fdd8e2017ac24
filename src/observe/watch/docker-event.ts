/** Docker's own words on what happens to containers: which of them are asked for, and what one of them says. Pure. */
import { LABEL, ROUTER_NAME } from '../../model/labels.ts';
import { line } from '../../model/quote.ts';
import type { DockerEvent } from '../../model/watch.ts';

/**
 * What a watcher wants to hear. Not exec_create, exec_start and exec_die, which each health check makes; not create,
 * kill, restart, which come with one of these. `health_status` stands for all its values and comes when it changes.
 */
const ACTIONS = [
  ...['destroy', 'die', 'health_status', 'oom', 'pause', 'rename', 'start', 'stop', 'unpause', 'update'],
] as const;

/** The question to the Engine API. */
export const EVENTS_PATH = `/events?filters=${encodeURIComponent(JSON.stringify({ type: ['container'], event: ACTIONS }))}`;

/** What the line below prints before anything else, when Docker answers. */
export const EVENTS_BEGIN = 'events begin';

/**
 * The same for a host whose sshd forbids streams: one line that goes on for ever, and ends itself as soon as its parent,
 * the connection's sshd, is gone. Events are asked for from the second on in which it began, so that none is missed.
 */
export const EVENTS_LINE = (() => {
  const filters = ['type=container', ...ACTIONS.map((action) => `event=${action}`)];
  const options = filters.flatMap((filter) => ['--filter', filter]);
  const events = line('docker', 'events', ...options, '--format', '{{json .}}');
  const guard = '( while kill -0 $PPID 2>/dev/null; do sleep 2; done; kill 0 ) & guard=$!;';
  const begin = `since=$(date +%s); docker version >/dev/null && ${line('echo', EVENTS_BEGIN)}`;
  return `${guard} ${begin} && ${events} --since "$since"; code=$?; kill $guard; exit $code`;
})();

/**
 * What one line of Docker's event stream says; undefined when it is no event of a container of fleet's or the router.
 * Engines from 20.10 on: older ones say it in `status` and `id` too, which newer ones leave out.
 */
export function parseDockerEvent(host: string, text: string): DockerEvent | undefined {
  const event = parseObject(text);
  if (event === undefined || (event.Type !== undefined && event.Type !== 'container')) return undefined;
  const attributes = objectOf(objectOf(event.Actor).Attributes);
  const action = textOf(event.Action ?? event.status);
  const container = textOf(attributes.name).replace(/^\//, '');
  const app = textOf(attributes[LABEL.app]);
  const isWanted = ACTIONS.some((wanted) => action === wanted || action.startsWith(`${wanted}:`));
  if (!isWanted || (app === '' && container !== ROUTER_NAME)) return undefined;
  const exitCode =
    action === 'die' && /^\d+$/.test(textOf(attributes.exitCode)) ? Number(attributes.exitCode) : undefined;
  return {
    host,
    at: timeOf(event),
    action,
    container,
    app,
    service: textOf(attributes[LABEL.service]),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Docker counts in nanoseconds, which JSON numbers hold to a quarter of a microsecond. */
function timeOf(event: Fields): number {
  if (typeof event.timeNano === 'number') return Math.floor(event.timeNano / 1e6);
  return typeof event.time === 'number' ? event.time * 1000 : 0;
}

function parseObject(text: string): Fields | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
