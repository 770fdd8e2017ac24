/** Calls from inside containers: who answers at an address, over HTTP and a few other protocols. */
import { rootExec } from '../../../src/lab/index.ts';
import { LAB_NAME, onEachHost } from './lab.ts';

/** A running container and where others may try to reach it. */
export interface Reachable {
  readonly host: string;
  readonly app: string;
  readonly service: string;
  readonly container: string;
  /** Its address on its own bridge. */
  readonly address: string;
  /** Container port -> port on the host's private address. */
  readonly hostPorts: Readonly<Record<string, number>>;
}

/** What is said first, and how an answer is told from silence. */
export type Language = 'http' | 'redis' | 'postgres' | 'ssh' | 'ping';

/** One call. */
export interface Call {
  /** What the test calls it; no spaces. */
  readonly label: string;
  readonly at: string;
  readonly port: number;
  readonly language: Language;
}

/** All running containers of fleet's apps. */
export async function reachables(): Promise<readonly Reachable[]> {
  const format =
    '{{.Name}} {{index .Config.Labels "fleet.app"}} {{index .Config.Labels "fleet.service"}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}} {{index .Config.Labels "fleet.ports"}}';
  const script = `docker ps -q --filter label=fleet.slot | xargs -r docker inspect --format '${format}'`;
  const answers = await onEachHost(['sh', '-c', script]);
  return [...answers].flatMap(([host, text]) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [name = '', app = '', service = '', address = '', ports = ''] = line.split(' ');
        const pairs = [...ports.matchAll(/(\d+)\/\w+=(\d+)/g)].map(([, port, hostPort]) => [port, Number(hostPort)]);
        return { host, app, service, container: name.slice(1), address, hostPorts: Object.fromEntries(pairs) };
      }),
  );
}

/** Makes all calls from inside the container at once; the answers by label, of those that were answered. */
export async function callAll(from: Reachable, calls: readonly Call[]): Promise<ReadonlyMap<string, string>> {
  const lines = calls.map(
    (call) => `( a=$(${commandOf(call)}) && [ -n "$a" ] && echo "${call.label} $a" ) 2>/dev/null &`,
  );
  const argv = ['docker', 'exec', '--interactive', '--user', 'root', from.container, 'sh'];
  const { stdout } = await rootExec(from.host, argv, { labName: LAB_NAME, input: `${lines.join('\n')}\nwait\n` });
  const answers = stdout.split('\n').filter(Boolean);
  return new Map(answers.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}

/** A closed door answers at once; where packets are dropped, three seconds of silence are enough. */
function commandOf({ at, port, language }: Call): string {
  switch (language) {
    case 'http':
      return `timeout 3 wget -q -O - http://${at}:${port}/ | head -n 1`;
    case 'redis':
      // Whoever ends its side at once is hung up on by a router on the way.
      return `{ printf 'PING\\r\\n'; sleep 1; } | timeout 3 nc ${at} ${port} | head -n 1 | tr -d '\\r'`;
    case 'postgres':
      // An SSLRequest, which any PostgreSQL answers with one letter.
      return `{ printf '\\000\\000\\000\\010\\004\\322\\026\\057'; sleep 1; } | timeout 3 nc ${at} ${port} | head -c 1`;
    case 'ssh':
      return `sleep 1 | timeout 3 nc ${at} ${port} | head -c 3`;
    case 'ping':
      return `timeout 3 ping -c 1 -W 2 ${at} | grep -o '1 packets received'`;
    default:
      return language satisfies never;
  }
}
