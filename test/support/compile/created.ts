/** What `docker create` makes of its words. */
import { carriedDigest, LABEL } from '../../../src/model/labels.ts';
import type { Container } from '../../../src/model/observed.ts';

/** The container as it is observed before it was started. */
export function containerOf(words: readonly string[]): Container {
  const labels = labelsOf(words);
  const label = (key: keyof typeof LABEL): string => labels.get(LABEL[key]) ?? '';
  const sources = (type: string): string[] =>
    words.flatMap((word) => new RegExp(`^--mount=type=${type},source=([^,]+)`).exec(word)?.[1] ?? []);
  return {
    name: words[words.indexOf('--name') + 1] ?? '',
    app: label('app'),
    service: label('service'),
    slot: Number(label('slot')),
    release: Number(label('release')),
    spec: label('spec'),
    kind: label('kind') === 'job' ? 'job' : 'replica',
    image: label('image'),
    ...(label('digest') === '' ? {} : { imageDigest: label('digest') }),
    state: 'created',
    health: words.some((word) => word.startsWith('--health-cmd=')) ? 'starting' : 'none',
    exitCode: 0,
    restarts: 0,
    startedAt: 0,
    cpus: Number(label('cpus')),
    memoryBytes: Number(label('memory')),
    ports: label('ports') === '' ? [] : label('ports').split(',').map(bindingOf),
    volumes: sources('volume'),
    ...jobsOf(label('jobs')),
    carried: [...new Set(sources('bind').flatMap((source) => carriedDigest(source) ?? []))].sort(),
  };
}

/** Labels by name. */
export function labelsOf(words: readonly string[]): Map<string, string> {
  const pairs = words.flatMap((word) => /^--label=([^=]+)=([\s\S]*)$/.exec(word)?.slice(1, 3) ?? []);
  return new Map(pairs.flatMap((text, index) => (index % 2 === 0 ? [[text, pairs[index + 1] ?? '']] : [])));
}

function bindingOf(text: string): Container['ports'][number] {
  const [, port, protocol, hostPort] = /^(\d+)\/(http|tcp|udp)=(\d+)$/.exec(text) ?? [];
  return {
    port: Number(port),
    protocol: protocol === 'http' || protocol === 'udp' ? protocol : 'tcp',
    hostPort: Number(hostPort),
  };
}

function jobsOf(text: string): Pick<Container, 'jobs'> {
  if (text === '') return {};
  return { jobs: Object.fromEntries(text.split(',').map((entry) => entry.split('=') as [string, string])) };
}
