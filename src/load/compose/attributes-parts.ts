/** The attributes below a service's volumes, secrets, deploy, build and develop. */
import { type Area, differs, honoured, noted, refused, whole } from './attributes.ts';

const S = 'services.*.';
const D = 'services.*.deploy.';
const V = 'services.*.volumes[].';

/** What a container finds in its file system. */
export const STORAGE: Area = {
  title: 'Services: volumes and files',
  rows: [
    differs(
      `${S}volumes`,
      'a named volume binds its replica to a host; files of this machine are carried, read-only, up to x-fleet.carry_limit; what writes to a path of a host is recreated',
    ),
    differs(`${V}type`, 'volume, bind and tmpfs; npipe, cluster and image are refused'),
    ...honoured(V, 'source target read_only'),
    noted(`${V}consistency`, 'is for Docker on a Mac'),
    ...honoured(V, 'bind bind.propagation'),
    differs(`${V}bind.create_host_path`, 'nothing is created: an absolute path must be on the host'),
    refused(`${V}bind.recursive`, 'only Docker 25 and newer know it', 'leave it out', ['enabled']),
    noted(`${V}bind.selinux`, 'no SELinux label is set: where a host needs one, set it there by hand'),
    ...honoured(V, 'volume volume.nocopy'),
    noted(`${V}volume.labels`, 'the labels of a volume stand under volumes: at the top'),
    refused(`${V}volume.subpath`, 'only Docker 26 and newer know it', 'mount the whole volume, or use two volumes'),
    ...honoured(V, 'tmpfs tmpfs.size tmpfs.mode'),
    refused(`${V}image`, 'only Docker 28 and newer know it', 'copy the files in the Dockerfile'),
    ...honoured(S, 'tmpfs'),
    refused(`${S}volumes_from`, 'replicas run on several hosts', 'use a named volume'),
    ...['secrets', 'configs'].flatMap((kind) => [
      ...honoured(`${S}${kind}`, ' [].source [].target [].uid [].gid [].mode'),
    ]),
  ],
};

/** How many, how big, where, and how they are replaced. */
export const DEPLOY: Area = {
  title: 'Services: deploy',
  rows: [
    ...honoured(S, 'deploy'),
    differs(`${D}mode`, 'replicated-job and global-job run in each deploy, in the order of depends_on'),
    ...honoured(D, 'replicas'),
    differs(`${D}endpoint_mode`, 'vip; dnsrr is refused: every service has one stable address'),
    differs(`${D}labels`, 'are on the containers: a service is nothing else here'),
    ...honoured(D, 'resources resources.limits resources.limits.cpus resources.limits.memory resources.limits.pids'),
    ...honoured(D, 'resources.reservations resources.reservations.cpus resources.reservations.memory'),
    differs(`${D}resources.reservations.devices`, 'devices with the capability gpu, as gpus:; others are refused'),
    ...honoured(`${D}resources.reservations.devices[].`, 'capabilities count device_ids driver options'),
    refused(
      `${D}resources.reservations.generic_resources`,
      'a host tells of no such resources',
      'label the hosts, and use placement.constraints',
    ),
    ...honoured(D, 'placement placement.preferences placement.preferences[].spread placement.max_replicas_per_node'),
    differs(`${D}placement.constraints`, 'node.hostname, node.labels.NAME, and node.role: worker or edge'),
    ...honoured(D, 'update_config', 'also x-fleet.rollout: what is left out is blue-green'),
    ...honoured(`${D}update_config.`, 'parallelism delay monitor max_failure_ratio'),
    differs(`${D}update_config.order`, 'start-first where Compose has stop-first, if it is left out'),
    differs(`${D}update_config.failure_action`, 'rollback or pause; continue is refused: it replaces good by bad'),
    noted(`${D}rollback_config`, 'a rollback goes the same way as an update: see update_config'),
    ...honoured(D, 'restart_policy restart_policy.condition restart_policy.max_attempts'),
    noted(`${D}restart_policy.delay`, 'Docker waits longer after each restart by itself'),
    noted(`${D}restart_policy.window`, 'Docker counts restarts by itself'),
  ],
};

/** What happens before a deploy, on other machines. */
export const MAKING: Area = {
  title: 'Services: build and develop',
  rows: [
    whole(differs(`${S}build`, 'with image: a note, since fleet builds nothing; without: refused')),
    noted(`${S}develop`, 'is for the machine of a developer'),
  ],
};
