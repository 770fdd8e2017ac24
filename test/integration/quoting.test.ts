/** Names and values that a shell would take to pieces reach the container as they were written, and run nothing. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootExec } from '../../src/lab/index.ts';
import { fleetOk } from '../support/real/fleet.ts';
import { containers, LAB_NAME, onEachHost, theLab } from '../support/real/lab.ts';

const CANARY = '/tmp/fleet-quoting-canary';
const TORTURE: Readonly<Record<string, string>> = {
  QUOTES: `it's "so" \`touch ${CANARY}\` 'n' ''`,
  COMMAND: `$(touch ${CANARY}) \${HOME} $HOME $$ $1 $@`,
  LINES: 'one\ntwo\r\n\tthree\n',
  UNICODE: 'Grüße, 你好, 🚢, \u202eright-to-left\u202c, \u00a0',
  SHELL: `; touch ${CANARY} & | > < * ? [a-z] ~ # ! {a,b} \\ \\n \\\\ %s %d = ,`,
  TEMPLATE: '{{.ID}} {{json .}} ${} @AT@ @BY@',
  ESCAPES: '\u001b[31mred\u001b[0m \u0007',
  EMPTY: '',
  SPACES: '  leading and trailing  ',
  DASHES: '--rm -v /:/host --',
};
const PRINT =
  'console.log(JSON.stringify({ argv: process.argv.slice(1), env: process.env, file: require("fs").readFileSync("/torture", "utf8"), secret: require("fs").readFileSync("/run/secrets/torture", "utf8") })); setInterval(() => {}, 1e6)';

const all = Object.values(TORTURE).join('\n');
const env = { TORTURE_SECRET: all };

let folder = '';
let files: readonly string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-quoting-'));
  const playbook = join(folder, 'quoting.json');
  writeFileSync(join(folder, "it's a $(file)"), all);
  // JSON is YAML; only "$" has to be doubled for Compose's interpolation.
  const text = JSON.stringify({
    name: 'quoting',
    services: {
      torture: {
        image: 'node:20',
        entrypoint: ['node', '-e', PRINT, '--', ...Object.values(TORTURE)],
        environment: TORTURE,
        labels: Object.fromEntries(Object.entries(TORTURE).map(([name, value]) => [`torture.${name}`, value])),
        configs: [{ source: 'torture', target: '/torture' }],
        secrets: ['torture'],
        stop_signal: 'SIGKILL',
      },
    },
    configs: { torture: { file: "./it's a $(file)" } },
    secrets: { torture: { environment: 'TORTURE_SECRET' } },
  });
  writeFileSync(playbook, text.replaceAll('$', '$$$$'));
  files = ['--inventory', theLab().inventory, '--file', playbook];
});
afterAll(async () => {
  await fleetOk(['remove', '--yes', ...files], { env });
  rmSync(folder, { recursive: true, force: true });
});

test('values with quotes, commands, newlines and unicode reach the container as written and run nothing', async () => {
  await fleetOk(['deploy', '--yes', ...files], { env });
  const [container] = await containers();
  if (container === undefined) throw new Error('nothing runs');
  const onHost = async (...argv: string[]) => (await rootExec(container.host, argv, { labName: LAB_NAME })).stdout;
  const printed = JSON.parse(await onHost('docker', 'logs', container.name)) as {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly file: string;
    readonly secret: string;
  };
  expect(printed.argv.filter((word) => word !== '--')).toEqual(Object.values(TORTURE));
  expect(printed.env).toMatchObject(TORTURE);
  expect(printed.file).toBe(all);
  expect(printed.secret).toBe(all);
  const labels = JSON.parse(
    await onHost('docker', 'inspect', '--format', '{{json .Config.Labels}}', container.name),
  ) as object;
  for (const [name, value] of Object.entries(TORTURE)) expect(labels).toHaveProperty([`torture.${name}`], value);
  expect(existsSync(CANARY)).toBe(false);
  await onEachHost(['test', '!', '-e', CANARY]);
});
