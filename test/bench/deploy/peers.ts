/** Programs of the peers, from Debian's packages. Only the bench needs them; they start no service. */
import { existsSync } from 'node:fs';
import { attempt } from '../../../src/lab/command.ts';

/** What tells that a package is there: practice hosts see the machine's /usr, so one installation is enough for both ends. */
const PEERS: Readonly<Record<string, string>> = {
  ansible: '/usr/bin/ansible-playbook',
  'docker-compose': '/usr/bin/docker-compose',
  'python3-docker': '/usr/lib/python3/dist-packages/docker/__init__.py',
  'python3-paramiko': '/usr/lib/python3/dist-packages/paramiko/__init__.py',
};

const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' };

/** Installs what is missing. Must come before practice hosts are made. A reason when it can not be installed. */
export async function installPeers(say: (line: string) => void): Promise<string | undefined> {
  const missing = Object.keys(PEERS).filter((name) => !existsSync(PEERS[name] ?? ''));
  if (missing.length === 0) return undefined;
  say(`installing Debian packages for the peers: ${missing.join(', ')}`);
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  const options = { timeoutMs: 300_000, env: ENVIRONMENT };
  let finished = await attempt(install, options);
  if (finished.exitCode !== 0) {
    await attempt(['apt-get', 'update'], options);
    finished = await attempt(install, options);
  }
  if (finished.exitCode === 0) return undefined;
  return `apt-get could not install ${missing.join(', ')}: ${finished.stderr.trim().split('\n').at(-1)}`;
}
