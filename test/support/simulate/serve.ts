/**
 * Serves N simulated hosts until Ctrl-C, for trying commands on a large fleet:
 *
 *   npx tsx test/support/simulate/serve.ts --hosts 2000 [--containers 10] [--workers 2] [--inventory FILE]
 *           [--hang h0001,h0002] [--refuse h0003]
 *   npm run fleet -- status -i FILE
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { simulate } from './fleet.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '20' },
    containers: { type: 'string', default: '10' },
    workers: { type: 'string' },
    inventory: { type: 'string' },
    hang: { type: 'string' },
    refuse: { type: 'string' },
  },
});

await using fleet = await simulate({
  hosts: Number(values.hosts),
  containers: Number(values.containers),
  ...(values.workers === undefined ? {} : { workers: Number(values.workers) }),
  ...(values.inventory === undefined ? {} : { inventory: values.inventory }),
});
for (const behaviour of ['hang', 'refuse'] as const)
  for (const host of values[behaviour]?.split(',') ?? []) await fleet.behave(host, behaviour);
process.stdout.write(`${fleet.hosts.length} hosts: ${fleet.inventory}\n`);
await once(process, 'SIGINT');
