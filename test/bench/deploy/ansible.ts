/** Ansible with community.docker, as quick as its settings make it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../src/lab/command.ts';
import { emptyHosts } from './hosts.ts';
import { CONTAINER, type Site, type Subject, shares, timed } from './subject.ts';

const LIMIT_MS = 300_000;

/** One module call a container, looped; pipelining, ControlPersist with connections that are open, forks = hosts. */
export function ansible(site: Site): Subject {
  const folder = join(site.folder, 'ansible');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ansible.cfg'), configOf(site));
  writeFileSync(join(folder, 'hosts'), inventoryOf(site));
  // JSON is YAML.
  writeFileSync(join(folder, 'site.yaml'), JSON.stringify(playbook()));
  const env = { ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_HOME: folder, ANSIBLE_NOCOWS: '1' };
  const play = (program: string, args: readonly string[]) =>
    run([`/usr/bin/${program}`, '-i', join(folder, 'hosts'), ...args], { env, timeoutMs: LIMIT_MS, cwd: folder });
  const once = () => timed(() => play('ansible-playbook', [join(folder, 'site.yaml')]));
  return {
    name: 'Ansible, community.docker',
    mostRuns: 1,
    mostAgains: 1,
    prepare: async () => {
      await emptyHosts(site);
      await play('ansible', ['all', '-m', 'ansible.builtin.ping']);
    },
    deploy: async () => ({ ms: await once() }),
    again: once,
  };
}

function configOf({ view, masters, folder }: Site): string {
  return `[defaults]
forks = ${view.hosts.length}
interpreter_python = /usr/bin/python3
local_tmp = ${folder}/ansible/tmp
retry_files_enabled = False
[ssh_connection]
pipelining = True
control_path_dir = ${folder}/cp
ssh_args = -F ${masters.config} -o ControlMaster=auto -o ControlPersist=600s
`;
}

function inventoryOf({ view, replicas }: Site): string {
  const share = shares(view.hosts, replicas);
  const lines = view.hosts.map((host) => `${host} address=${view.addressOf(host)} count=${share.get(host) ?? 0}\n`);
  return `[all]\n${lines.join('')}`;
}

function playbook(): unknown {
  const container = {
    name: 'peer-{{ item }}',
    image: CONTAINER.image,
    command: CONTAINER.command,
    init: true,
    published_ports: [`{{ address }}:{{ 20000 + item }}:${CONTAINER.port}`],
  };
  const task = { 'community.docker.docker_container': container, loop: '{{ range(1, count | int + 1) | list }}' };
  return [{ hosts: 'all', gather_facts: false, tasks: [task] }];
}
