/**
 * One file of the Compose Specification with every short syntax in its long form, read by everything after it.
 *
 * Empty values (null) stay, as do nodes tagged `reset`; `settle` of merge.ts takes both away, and adds the defaults
 * that only hold once all files are merged. Keys that stand below have the form given; all others have but one way to
 * be written and are as in the file.
 *
 * | attribute of a service | form |
 * | --- | --- |
 * | annotations, labels, sysctls, deploy.labels, build.labels | map of texts; no value: "" |
 * | environment, build.args, build.ssh, hooks' environment | map of texts; no value: null, to be taken from outside |
 * | command, entrypoint, hooks' command | list of words |
 * | healthcheck.test | list; the first is CMD, CMD-SHELL or NONE |
 * | ports | list of { target: number, published?: "80" or "80-90", host_ip?, protocol: tcp/udp/sctp, mode, … }; ranges of targets are one entry each |
 * | expose | list of texts "80", "80/udp", "80-90" |
 * | volumes | list of { type, source?, target, read_only?, consistency?, bind?, volume?, tmpfs: { size: "64", mode: number } } |
 * | tmpfs, dns, dns_search, group_add | list of texts |
 * | env_file | list of { path, required, format? } |
 * | label_file | list of paths |
 * | extra_hosts, build.extra_hosts | list of "name=address", IPv6 without brackets |
 * | depends_on | map of { condition, required?, restart? }; required is there after `settle` |
 * | networks, models | map of null or a map |
 * | secrets, configs | list of { source, target?, uid?, gid?, mode?: "0440" }; secrets always have a target |
 * | devices | list of { source, target, permissions? } |
 * | gpus, deploy.resources.reservations.devices | list of { count (-1: all) or device_ids, capabilities?, … } |
 * | ulimits, build.ulimits | map of a number (both) or { soft, hard } |
 * | build | { context?, … }; context and dockerfile are there after `settle` |
 * | extends | { service, file? }; the file is not made absolute |
 * | interval, timeout, delay, window, monitor, stop_grace_period, … | text as Go writes durations: 1m30s |
 * | mem_limit, shm_size, memory, tmpfs.size, rate, … | text of digits: bytes; "-1" where none is meant |
 * | cpus, cpu_percent, max_failure_ratio | number |
 * | replicas, scale, retries, pids, cpu_shares, … | whole number |
 * | read_only, init, tty, required, … | true or false |
 * | logging.options, storage_opt, driver_opts | map of texts |
 *
 * At the top: `external` is true or false (the old { name } moves to `name`), labels and driver_opts as above, `file`
 * of secrets and configs is absolute. `include` stays as it is.
 */
import { homedir } from 'node:os';
import type { FleetError } from '../../model/error.ts';
import type { Tree } from '../tree.ts';
import { every, fields, type Setting, shaped } from './canonical/forms.ts';
import { service } from './canonical/service.ts';
import { network, origin, volume } from './canonical/top.ts';

/** Where relative paths of the file begin, and what "~" stands for (the home folder of whoever runs fleet). */
export interface Place {
  readonly folder: string;
  readonly home?: string;
}

const file = fields({
  services: every(service),
  networks: every(network),
  volumes: every(volume),
  secrets: every(origin),
  configs: every(origin),
});

/** The file in its long form. What is wrong goes to the problems (E_VALUE, located) and is left out of the tree. */
export function canonical(tree: Tree, place: Place | string, problems: FleetError[]): Tree {
  const { folder, home = homedir() } = typeof place === 'string' ? { folder: place } : place;
  const setting: Setting = { folder, home, problems };
  return shaped(file, tree, [], setting) ?? tree;
}
