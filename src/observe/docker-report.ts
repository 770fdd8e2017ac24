/**
 * What Docker knows of a host, asked of its Engine API over the SSH connection, in the sections that the probe prints. Each
 * docker command costs a host 15 to 40 ms of CPU, and the probe has seven; these questions, asked in a row, cost about 10 ms together.
 */
import { LABEL } from '../model/labels.ts';
import type { Shell } from '../model/shell.ts';
import type { Answer } from './answer-reader.ts';
import { Pipeline } from './pipeline.ts';
import { isRecord, listOf, parseJson, recordOf, textOf } from './sections.ts';
import { DOCKER_SOCKET, Unanswered } from './watch/engine.ts';

/** As much as a shell keeps of a command's output. */
const BODY_BYTES = 8 * 1024 * 1024;

/** Where Docker keeps its data unless it is told otherwise; the probe looks at that disk. */
const USUAL_ROOT = '/var/lib/docker';

/** In this order: Docker takes 6 ms for the last one, as it starts programs for it, and containers are asked for meanwhile. */
const FIRST = ['/containers/json?all=1', '/networks', '/images/json?digests=1', '/volumes', '/info'] as const;

/**
 * The sections info, containers, networks, images and volumes; undefined where the API can not be asked or answers otherwise
 * than it should: then the docker command is the way. Rejects with Unanswered when it gives no answer in time.
 */
export async function dockerReport(shell: Shell, host: string, timeoutMs: number): Promise<string | undefined> {
  const late = AbortSignal.timeout(timeoutMs);
  let pipeline: Pipeline | undefined;
  const giveUp = () => pipeline?.close(new Unanswered('fresh', 'late', 'no answer in time'));
  late.addEventListener('abort', giveUp, { once: true });
  try {
    pipeline = new Pipeline(await shell.connectSocket(host, DOCKER_SOCKET, timeoutMs), BODY_BYTES);
    late.throwIfAborted();
    return await sectionsOf(pipeline);
  } catch (error) {
    if (late.aborted) throw error;
    return undefined;
  } finally {
    late.removeEventListener('abort', giveUp);
    pipeline?.close();
  }
}

async function sectionsOf(pipeline: Pipeline): Promise<string | undefined> {
  const [listed, ...others] = pipeline.ask(FIRST);
  const containers = await containersOf(pipeline, recordsOf(jsonOf(await listed)));
  const [networks, images, volumes, info] = (await Promise.all(others)).map(jsonOf);
  const { ServerVersion, DockerRootDir } = recordOf(info);
  if (textOf(ServerVersion) === '' || DockerRootDir !== USUAL_ROOT) return undefined;
  return [
    section('info', [JSON.stringify(info)]),
    section('containers', containers.map(toLine)),
    section('networks', recordsOf(networks).map(networkLine)),
    section('images', recordsOf(images).flatMap(imageLines)),
    section(
      'volumes',
      recordsOf(recordOf(volumes).Volumes).map(({ Name }) => textOf(Name)),
    ),
  ].join('');
}

/** A container that goes away between listing and looking is none. */
async function containersOf(
  pipeline: Pipeline,
  listed: readonly Record<string, unknown>[],
): Promise<Record<string, unknown>[]> {
  const answers = await Promise.all(pipeline.ask(listed.map(({ Id }) => `/containers/${textOf(Id)}/json`)));
  return answers.filter(({ status }) => status !== 404).map((answer) => recordOf(jsonOf(answer)));
}

/** Throws for any answer that is not the one that was asked for. */
function jsonOf(answer: Answer | undefined): unknown {
  const value = parseJson(answer?.body ?? '');
  if (answer?.status !== 200 || typeof value !== 'object') throw new Error(`HTTP ${answer?.status}`);
  return value;
}

/** Only what is needed goes further: in the environment of a container may be secrets. */
function toLine(container: Record<string, unknown>): string {
  const [config, state] = [recordOf(container.Config), recordOf(container.State)];
  const labels = recordOf(config.Labels);
  const health = recordOf(state.Health);
  return JSON.stringify({
    name: container.Name,
    image: config.Image,
    imageId: container.Image,
    labels: Object.fromEntries(Object.values(LABEL).map((name) => [name, labels[name]])),
    status: state.Status,
    exitCode: state.ExitCode,
    startedAt: state.StartedAt,
    health: textOf(health.Status) === '' ? 'none' : health.Status,
    restarts: container.RestartCount,
    mounts: container.Mounts,
    bindings: recordOf(container.HostConfig).PortBindings,
    ports: recordOf(container.NetworkSettings).Ports,
  });
}

function networkLine({ Name, IPAM }: Record<string, unknown>): string {
  return JSON.stringify({ name: Name, config: recordOf(IPAM).Config });
}

/** A row for each tag with each digest of its repository, as `docker image ls --digests` has them. */
function imageLines({ RepoTags, RepoDigests }: Record<string, unknown>): string[] {
  const tags = listOf(RepoTags).map((name) => cut(textOf(name), ':'));
  const digests = listOf(RepoDigests).map((name) => cut(textOf(name), '@'));
  const tagged = tags.flatMap(([repository, tag]) => {
    const own = digests.filter(([name]) => name === repository);
    const rows = own.length === 0 ? [NONE] : own.map(([, digest]) => digest);
    return rows.map((digest) => ({ repository, tag, digest }));
  });
  const untagged = digests
    .filter(([repository]) => !tags.some(([name]) => name === repository))
    .map(([repository, digest]) => ({ repository, tag: NONE, digest }));
  return [...tagged, ...untagged].map((row) => JSON.stringify(row));
}

/** What docker prints for nothing. */
const NONE = '<none>';

/** At the last mark: a registry's port has a colon, too. */
function cut(name: string, mark: string): readonly [string, string] {
  const at = name.lastIndexOf(mark);
  return at < 0 ? [name, NONE] : [name.slice(0, at), name.slice(at + 1)];
}

function recordsOf(value: unknown): Record<string, unknown>[] {
  return listOf(value).filter(isRecord);
}

function section(name: string, lines: readonly string[]): string {
  return [`@@begin ${name}`, ...lines, `@@end ${name} 0`, ''].join('\n');
}
