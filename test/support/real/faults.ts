/** Faults on practice hosts, made past fleet's back, and how each is taken back where it does not stay for good. */
import { bootHost, cutHost, killHost, mendHost, rootExec } from '../../../src/lab/index.ts';
import { ROUTER_NAME } from '../../../src/model/labels.ts';
import { ROUTER_FOLDER } from '../view/routers.ts';

/** What a container can suffer. */
export type ContainerFault =
  /** SIGKILL to its first process, as the kernel does when memory runs out. Docker's restart policy brings it back. */
  | 'kill-process'
  /** `docker kill`: counts as stopped by hand, so Docker leaves it down. */
  | 'docker-kill'
  /** SIGSTOP to all of its processes: it runs, takes connections, and says nothing. */
  | 'freeze'
  /** Its health check gets no answer any more, all others do. */
  | 'sicken'
  /** `docker rm --force` */
  | 'remove';

/** What a host can suffer as a whole. */
export type MachineFault =
  /** Power loss. */
  | 'power-loss'
  /** The network cable is pulled; all in it keeps running. */
  | 'cut';

/** What can happen inside a host to Docker and the router. */
export type HostFault =
  /** `docker rm --force` of the router. */
  | 'remove-router'
  /** dockerd ends in good order, and its containers with it; sshd stays. */
  | 'stop-docker'
  /** SIGSTOP to dockerd: containers keep running, nobody can ask for them. */
  | 'freeze-docker';

/** One fault. */
export type Fault =
  | { readonly kind: ContainerFault; readonly host: string; readonly container: string }
  | { readonly kind: MachineFault; readonly host: string }
  | { readonly kind: HostFault; readonly host: string }
  /** A server is taken out of the live files of an app by hand. */
  | { readonly kind: 'edit-generation'; readonly host: string; readonly app: string; readonly then: AfterEdit }
  /** A setting of the main file is changed by hand. */
  | { readonly kind: 'edit-main'; readonly host: string; readonly then: AfterEdit };

/** Whether whoever edited a file had nginx read it. */
export type AfterEdit = 'reload' | 'leave';

/** A fault that was made. */
export interface Inflicted {
  readonly fault: Fault;
  /** Epoch milliseconds, just before it was made. */
  readonly at: number;
  /** Takes it back as far as that can be done; what is gone by then stays gone. Safe to call twice. */
  undo(): Promise<void>;
}

/** Makes the fault. Throws when that fails: a test must not go on to measure nothing. */
export async function inflict(labName: string, fault: Fault): Promise<Inflicted> {
  const at = Date.now();
  await make(labName, fault);
  return { fault, at, undo: () => takeBack(labName, fault) };
}

async function make(labName: string, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'power-loss':
      return killHost(fault.host, labName);
    case 'cut':
      return cutHost(fault.host, labName);
    default: {
      const { exitCode, stderr } = await inHost(labName, fault.host, scriptFor(fault));
      if (exitCode !== 0) throw new Error(`${fault.kind} on ${fault.host} ended with ${exitCode}: ${stderr}`);
    }
  }
}

async function takeBack(labName: string, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'power-loss':
      return bootHost(fault.host, labName);
    case 'cut':
      return mendHost(fault.host, labName);
    case 'freeze':
      await inHost(labName, fault.host, `${pidsOf(fault.container)} | xargs -r kill -CONT`);
      return;
    case 'sicken':
      await inHost(labName, fault.host, `${inNetworkOf(fault.container)} iptables -w -D INPUT ${LOOPBACK}`);
      return;
    case 'freeze-docker':
      await inHost(labName, fault.host, 'kill -CONT $(cat /run/docker.pid)');
      return;
    case 'stop-docker':
      await inHost(labName, fault.host, START_DOCKER);
      return;
    case 'edit-generation':
    case 'edit-main':
      await inHost(labName, fault.host, UNEDIT + after(fault.then));
      return;
    default:
      // What is killed or removed stays so until somebody repairs it.
      return;
  }
}

function scriptFor(fault: Exclude<Fault, { kind: MachineFault }>): string {
  switch (fault.kind) {
    case 'kill-process':
      return `kill -KILL $(docker inspect --format '{{.State.Pid}}' ${fault.container})`;
    case 'docker-kill':
      return `docker kill ${fault.container}`;
    case 'freeze':
      return `${pidsOf(fault.container)} | xargs kill -STOP`;
    case 'sicken':
      return `${inNetworkOf(fault.container)} iptables -w -I INPUT ${LOOPBACK}`;
    case 'remove':
      return `docker rm --force ${fault.container}`;
    case 'remove-router':
      return `docker rm --force ${ROUTER_NAME}`;
    case 'stop-docker':
      return STOP_DOCKER;
    case 'freeze-docker':
      return 'kill -STOP $(cat /run/docker.pid)';
    case 'edit-generation':
      return editFirst(`${ROUTER_FOLDER}/current/${fault.app}/http.conf`, 'max_fails=1', 'd') + after(fault.then);
    case 'edit-main':
      return editFirst(`${ROUTER_FOLDER}/http.conf`, 'server_tokens', 's/off/on/') + after(fault.then);
    default:
      return fault satisfies never;
  }
}

const LOOPBACK = '-i lo -p tcp -j REJECT --reject-with tcp-reset';

function inNetworkOf(container: string): string {
  return `nsenter --net=/proc/$(docker inspect --format '{{.State.Pid}}' ${container})/ns/net`;
}

function pidsOf(container: string): string {
  return `docker top ${container} -eo pid | tail -n +2`;
}

/** Edits the first line that has the pattern, and fails when there is none. What was there is kept, by its real path. */
function editFirst(file: string, pattern: string, edit: string): string {
  const keep = `file=$(readlink -f ${file}) && rm -rf ${KEPT} && mkdir ${KEPT} && cp -p $file ${KEPT}/file && echo $file >${KEPT}/path`;
  return `${keep} && grep -q '${pattern}' $file && sed -i '0,/${pattern}/{/${pattern}/${edit}}' $file`;
}

/** Where an edited file was kept; a generation that is not there any more does not come back. */
const KEPT = '/root/edited-by-hand';
const UNEDIT = `[ ! -e "$(cat ${KEPT}/path)" ] || cp -p ${KEPT}/file "$(cat ${KEPT}/path)"`;

function after(then: AfterEdit): string {
  return then === 'reload' ? ` && su deploy -c 'sh ${ROUTER_FOLDER}/reload.sh http'` : '';
}

/** init starts dockerd again when it ends, so a stand-in is put into its place first. */
const STOP_DOCKER = `cd /etc/fleet-lab && pid=$(cat /run/docker.pid) && mv dockerd dockerd.kept &&
printf '#!/bin/sh\\necho $$ >/run/no-dockerd.pid\\nexec sleep 3600\\n' >dockerd && chmod +x dockerd && kill $pid &&
while kill -0 $pid 2>/dev/null; do sleep 0.1; done`;

const START_DOCKER = `cd /etc/fleet-lab && [ -e dockerd.kept ] && mv dockerd.kept dockerd && kill $(cat /run/no-dockerd.pid) &&
until docker info >/dev/null 2>&1; do sleep 0.1; done`;

function inHost(labName: string, host: string, script: string): ReturnType<typeof rootExec> {
  return rootExec(host, ['sh', '-c', script], { labName });
}
