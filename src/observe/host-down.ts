/** Why a host's report is missing, in one sentence, with the next thing to type. Pure. */
import { FleetError } from '../model/error.ts';
import type { Host } from '../model/inventory.ts';
import type { HostDown } from '../model/observed.ts';
import { line } from '../model/quote.ts';

/** What the probe printed, and where. */
export interface Reported {
  readonly host: Host;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** E_HOST_DOCKER: there is no docker command. */
export function noDocker({ host }: Reported): HostDown {
  return down(host, 'Docker is not installed, or not in the PATH of this user', 'sudo apt-get install --yes docker.io');
}

/** E_HOST_DOCKER: Docker gave no complete answer; its own words say why. */
export function noReport(reported: Reported): HostDown {
  const { host, stderr } = reported;
  const words = `${stderr}\n${reported.stdout}`;
  if (/permission denied/i.test(words)) {
    return down(
      host,
      `user ${host.ssh.user} may not use Docker: permission denied on its socket`,
      `sudo usermod -aG docker ${host.ssh.user}`,
    );
  }
  if (/cannot connect to the docker daemon|is the docker daemon running|connection refused/i.test(words)) {
    return down(host, 'Docker is installed but its daemon does not run', 'sudo systemctl start docker');
  }
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const reason = last === '' ? `the probe ended with code ${reported.code} and no complete report` : last;
  return down(host, `Docker gives no answer: ${reason}`, 'docker info');
}

/** E_HOST_DOCKER: fleet's own files are there and could not be read, so it is not known what the router serves. */
export function noFiles({ host }: Reported): HostDown {
  return down(
    host,
    'the files in ~/.fleet can not be read; tar and base64 are needed',
    'sudo apt-get install --yes tar coreutils',
  );
}

/** E_HOST_DOCKER: a login without a POSIX shell, or one that was cut off. */
export function noShell({ host, stderr, code }: Reported): HostDown {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const reason = last === '' ? `it ended with code ${code}` : last;
  return down(host, `the shell of user ${host.ssh.user} gives no complete report: ${reason}`, 'sh -c id');
}

/** What an error of the shell means for the host. Errors that are no FleetError are bugs and are thrown again. */
export function unreachable(host: Host, error: unknown): HostDown {
  if (!(error instanceof FleetError)) throw error;
  if (error.code === 'E_TIMEOUT') return down(host, 'Docker hangs: the report was not complete in time', 'docker info');
  const hint = [error.hint, ...error.notes].filter((text) => text !== undefined && text !== '').join('\n');
  return { reachable: false, code: error.code, message: error.message, ...(hint === '' ? {} : { hint }) };
}

function down(host: Host, sentence: string, command: string): HostDown {
  const { address, port, user } = host.ssh;
  const login = line('ssh', '-t', ...(port === 22 ? [] : ['-p', String(port)]), `${user}@${address}`, command);
  return {
    reachable: false,
    code: 'E_HOST_DOCKER',
    message: `host ${host.name} (${address}:${port}): ${sentence}`,
    hint: login,
  };
}
