/** Failures as people see them: a cause in one sentence, what was sent, what came back, what to do next. */
import { stripVTControlCharacters } from 'node:util';
import { FleetError } from '../model/error.ts';
import type { Failure } from '../model/event.ts';
import type { RejoinCommand, RunCommand, Step } from '../model/plan.ts';
import type { CommandResult } from '../model/shell.ts';
import { messageOf } from './ask.ts';
import type { Mask } from './mask.ts';
import type { ProbeEnd } from './probe.ts';

/** Enough of an output to see the cause, little enough to read. */
const TAIL_LINES = 40;
const TAIL_CHARACTERS = 4000;
const SENTENCE_CHARACTERS = 300;

/** What a host's words mean, in the order of trust: the code, and the next thing to type. */
const CAUSES: readonly { readonly words: RegExp; readonly code?: string; readonly hint: (host: string) => string }[] = [
  {
    words: /no space left on device/i,
    hint: (host) => `make room on ${host} (fleet hosts shows its disk), for example: docker image prune -a`,
  },
  {
    words: /port is already allocated|address already in use/i,
    hint: (host) => `see what listens on ${host} (ss -ltnp), free the port or plan again: fleet plan`,
  },
  {
    words: /manifest unknown|manifest for .* not found|pull access denied|repository .*not exist/i,
    code: 'E_IMAGE',
    hint: (host) => `check the name and tag of the image; for a private one: docker login on ${host}`,
  },
  {
    words: /toomanyrequests|unauthorized: authentication required|denied: requested access/i,
    code: 'E_IMAGE',
    hint: (host) => `let ${host} log in to the registry: docker login`,
  },
  {
    words: /Get "?https?:\/\/.*(refused|no such host|timeout|unreachable)/i,
    code: 'E_IMAGE',
    hint: (host) => `the registry does not answer ${host}: when it does, fleet deploy again`,
  },
  {
    words: /permission denied.*docker\.sock|docker\.sock.*permission denied/i,
    code: 'E_HOST_DOCKER',
    hint: (host) => `let the SSH user of ${host} use Docker: sudo usermod -aG docker USER, then log in anew`,
  },
  {
    words: /Cannot connect to the Docker daemon/i,
    code: 'E_HOST_DOCKER',
    hint: (host) => `start Docker on ${host}: sudo systemctl start docker`,
  },
];

/** A command that ended with a code other than 0. */
export function failureOfResult(step: Step, command: RunCommand, result: CommandResult, mask: Mask): Failure {
  const stderr = clean(result.stderr, mask);
  const stdout = clean(result.stdout, mask);
  const last = lastLine(stderr) ?? lastLine(stdout);
  const cause = CAUSES.find(({ words }) => words.test(result.stderr) || words.test(result.stdout));
  if (step.action.kind === 'health' && cause === undefined && last !== undefined) {
    return { code: 'E_HEALTH', message: `${step.host}: ${last}`.slice(0, SENTENCE_CHARACTERS), diagnosis: [] };
  }
  const ending = result.code < 0 ? 'was ended by a signal' : `failed with exit code ${result.code}`;
  const message = `${step.host}: ${whatOf(step)} ${ending}${last === undefined ? '' : `: ${last}`}`;
  return {
    code: cause?.code ?? (step.action.kind === 'health' ? 'E_HEALTH' : 'E_STEP'),
    message: message.slice(0, SENTENCE_CHARACTERS),
    ...(cause === undefined ? {} : { hint: cause.hint(step.host) }),
    command: mask(command.line),
    ...(stdout === '' ? {} : { stdout: tail(stdout) }),
    ...(stderr === '' ? {} : { stderr: tail(stderr) }),
    diagnosis: [],
  };
}

/** A command that could not be run, or not to its end: host lost, too late, a secret missing. */
export function failureOfError(step: Step, error: unknown, mask: Mask, command?: RunCommand): Failure {
  const known = error instanceof FleetError ? error : undefined;
  const said = clean(messageOf(error), mask);
  const about = said.startsWith(`${step.host}:`) ? said.slice(step.host.length + 1).trim() : said;
  return {
    code: known?.code ?? 'E_STEP',
    message: `${step.host}: ${whatOf(step)}: ${about}`.slice(0, SENTENCE_CHARACTERS),
    hint: mask(known?.hint ?? `fleet deploy again when ${step.host} answers`),
    ...(command === undefined ? {} : { command: mask(command.line) }),
    diagnosis: (known?.notes ?? []).map((note) => clean(note, mask)),
  };
}

/** A probe whose targets did not answer well. */
export function failureOfProbe(step: Step, end: ProbeEnd & { readonly kind: 'bad' }, mask: Mask): Failure {
  const message = clean(`${step.host}: ${whatOf(step)}: ${end.why}`, mask).slice(0, SENTENCE_CHARACTERS);
  return { code: 'E_HEALTH', message, diagnosis: end.transcript.map((line) => clean(line, mask)) };
}

/** A host that did not come back, or not as it should be. */
export function failureOfRejoin(step: Step, { timeoutMs }: RejoinCommand, why: string, mask: Mask): Failure {
  const about = clean(why, mask);
  const message = `${step.host}: ${whatOf(step)}: not so after ${Math.round(timeoutMs / 1000)} s: ${about}`;
  return {
    code: 'E_LATE',
    message: message.slice(0, SENTENCE_CHARACTERS),
    hint: `look at ${step.host} on its console; when it is well again, the same command goes on`,
    diagnosis: [],
  };
}

/** The step for people, without its host: "start backend.7.2". */
export function whatOf(step: Step): string {
  const suffix = `@${step.host}`;
  return step.id.endsWith(suffix) ? step.id.slice(0, -suffix.length) : step.id;
}

/** Masked first, whole: a tail could begin in the middle of a secret. */
export function clean(text: string, mask: Mask): string {
  return stripVTControlCharacters(mask(text)).trimEnd();
}

/** The end of an output. */
export function tail(text: string): string {
  return text.split('\n').slice(-TAIL_LINES).join('\n').slice(-TAIL_CHARACTERS);
}

/** What docker says after the cause: the advice to read its help, and which containers did not start. */
const AFTERWORDS = /^$|^(See|Run) 'docker .*--help'|^Error: failed to start containers: /;

/** The line that tells the cause. */
function lastLine(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => !AFTERWORDS.test(line));
}
