/**
 * Fencing: every line of a plan is refused by a host that has seen a later holder of the lease. A process that slept
 * through the end of its lease (a laptop that was closed) can not act on what it knew then. (Kleppmann, "How to do
 * distributed locking", 2016: the resource checks a number that grows with each holder.)
 */
import { FleetError } from '../model/error.ts';
import { HOME_FOLDER } from '../model/labels.ts';
import { line } from '../model/quote.ts';
import type { CommandResult, Shell } from '../model/shell.ts';

/** Whose lease it is, and its number. */
export interface Fence {
  readonly app: string;
  readonly number: number;
}

/** Exit code of a line that was refused; no program of fleet's lines uses it. */
const REFUSED = 87;

/** Limit for one host: a file is read and written. */
const RAISE_MS = 10_000;

/** The line, run only where no later holder has been. It reads no standard input. */
export function fenced(text: string, { app, number }: Fence): string {
  const refuse = `{ ${line('echo', `fleet: refused, a later process works on ${app}`)} >&2; exit ${REFUSED}; }`;
  return `fence=0; read -r fence <${fileOf(app)} 2>/dev/null; [ "\${fence:-0}" -le ${number} ] || ${refuse}\n${text}`;
}

/** True when a host refused a line because of a later holder. */
export function isRefused({ code, stderr }: CommandResult): boolean {
  return code === REFUSED && stderr.includes('fleet: refused, a later process');
}

/**
 * Tells all hosts the number, and returns the one that holds from now on. It is greater than the given one where hosts
 * have seen the same or a later one, which happens when those who keep the lease lost their count: then `isOurs` decides.
 * Hosts that do not answer are passed over. Throws FleetError E_LEASE_LOST when the lease is another's.
 */
export async function raiseFence(
  shell: Shell,
  hosts: readonly string[],
  { app, number }: Fence,
  isOurs: () => Promise<boolean>,
): Promise<Fence> {
  const seen = await tellAll(shell, hosts, { app, number });
  if (seen < number) return { app, number };
  if (!(await isOurs())) {
    throw new FleetError('E_LEASE_LOST', `${app}: another process has taken over`, {
      hint: 'see who has it: fleet lock status',
    });
  }
  const higher = { app, number: seen + 1 };
  await tellAll(shell, hosts, higher);
  return higher;
}

/** The greatest number that any host had before. */
async function tellAll(shell: Shell, hosts: readonly string[], fence: Fence): Promise<number> {
  const before = await Promise.all(hosts.map((host) => tell(shell, host, fence)));
  return Math.max(-1, ...before);
}

async function tell(shell: Shell, host: string, { app, number }: Fence): Promise<number> {
  const file = fileOf(app);
  const text = [
    `fence=-1; read -r fence <${file} 2>/dev/null`,
    `[ "\${fence:--1}" -ge ${number} ] || { mkdir -p "$HOME/${HOME_FOLDER}/.fence" && echo ${number} >${file}.new && mv -f ${file}.new ${file}; }`,
    'echo "${fence:--1}"',
  ].join('\n');
  try {
    const { stdout } = await shell.run(host, text, { timeoutMs: RAISE_MS });
    const before = Number(stdout.trim().split('\n').at(-1));
    return Number.isInteger(before) ? before : -1;
  } catch (error) {
    if (error instanceof FleetError) return -1;
    throw error;
  }
}

/** Beside the apps' folders: `fleet remove` takes those away, and a late process must still be refused. */
function fileOf(app: string): string {
  return `"$HOME"/${line(`${HOME_FOLDER}/.fence/${app}`)}`;
}
