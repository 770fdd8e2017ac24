/** The attributes at the top of a file, and those of fleet itself. */
import { type Area, differs, honoured, noted, refused } from './attributes.ts';

const EXTERNAL = 'give it a file, an environment variable, or x-fleet: { command: [...] }';

/** The file itself. */
export const FILE: Area = {
  title: 'The file',
  rows: [
    noted('version', 'Compose ignores it too'),
    ...honoured('', 'name', 'the name of the app; else COMPOSE_PROJECT_NAME, else the name of the folder'),
    ...honoured('', 'services networks volumes configs'),
    ...honoured('', 'secrets', 'values are in memory and in the containers, nowhere else'),
    ...honoured('', 'include include[].path include[].env_file include[].project_directory'),
    refused('models', 'fleet runs no language models', 'run the model as a service with an image of its own'),
  ],
};

/** `networks:`, `volumes:`, `secrets:` and `configs:`. */
export const SHARED: Area = {
  title: 'Networks, volumes, secrets and configs',
  rows: [
    ...honoured('networks.*.', 'internal', 'no way out to the world'),
    differs('networks.*.driver', 'bridge and overlay are the same here; others are refused'),
    refused(
      'networks.*.external',
      'networks belong to one app',
      "remove it, and the network is this app's own; apps reach each other over published ports",
    ),
    noted('networks.*.name', 'networks belong to one app, and fleet names them'),
    noted('networks.*.driver_opts', 'fleet makes the networks itself'),
    noted('networks.*.ipam', 'subnets come from network.subnets of the inventory'),
    noted('networks.*.attachable', 'only services of the app are in its networks'),
    noted('networks.*.enable_ipv4', 'services have IPv4 addresses', [true]),
    refused('networks.*.enable_ipv6', 'services have IPv4 addresses', 'leave it out'),
    noted('networks.*.labels', 'a network is no object of its own on the hosts'),
    ...honoured('volumes.*.', 'name labels driver_opts'),
    ...honoured('volumes.*.', 'driver', 'must be installed on the hosts'),
    ...honoured('volumes.*.', 'external external.name', 'must be on the host: its replica goes where it is'),
    ...['secrets.*.', 'configs.*.'].flatMap((under) => [
      ...honoured(under, 'file environment'),
      refused(`${under}external`, 'fleet keeps no values on the hosts', EXTERNAL),
      noted(`${under}name`, 'it is known by its key', []),
      noted(`${under}labels`, 'it is no object of its own on the hosts', []),
      refused(`${under}template_driver`, 'needs Swarm', 'write the value out, or make it with x-fleet.command'),
    ]),
    ...honoured('configs.*.', 'content'),
    refused('secrets.*.driver', 'needs Swarm', EXTERNAL),
    refused('secrets.*.driver_opts', 'needs Swarm', EXTERNAL),
  ],
};

/** What is written in no attribute. */
export const LANGUAGE: Area = {
  title: 'The language around the attributes',
  rows: [
    ...honoured('', 'anchors_and_aliases', 'as in YAML; aliases that multiply without end are an error'),
    ...honoured('', 'merge_keys', '<<, also of a list of maps'),
    ...honoured('', 'extensions', 'x-…: left alone, but for x-fleet'),
    ...honoured(
      '',
      'interpolation',
      'all operators; a variable that is not set and has no default is empty, and fleet says so',
    ),
    ...honoured('', 'several_files', 'merged in order, with !reset and !override'),
  ].map((row) => ({ ...row, path: row.path.replaceAll('_', ' ') })),
};

const X = 'services.*.x-fleet';

/** What Compose has no word for; no part of the specification. */
export const FLEET: Area = {
  title: 'x-fleet: what Compose has no word for',
  rows: [
    ...honoured(X, ' .ingress', 'HTTP from the world, on the edge hosts'),
    ...honoured(`${X}.ingress[].`, 'host path port', 'which requests, and the port of the container'),
    ...honoured(`${X}.ingress[].`, 'probe', 'is asked before and after a cutover'),
    ...honoured(`${X}.ingress[].`, 'read_timeout retry_unsafe', 'as of the service, for this way in'),
    ...honoured(`${X}.ingress[].`, 'tls tls.certificate tls.key tls.redirect', 'HTTPS with this certificate'),
    ...honoured(`${X}.`, 'rollout rollout.kind', 'blue-green, rolling, recreate or canary'),
    ...honoured(`${X}.rollout.`, 'canary canary.percent canary.time', 'a share of the traffic first, for some time'),
    ...honoured(
      `${X}.rollout.`,
      'bake',
      'how long old replicas stay warm: until then a rollback only switches routers',
    ),
    ...honoured(`${X}.`, 'job', 'pre-deploy: runs once before new replicas start; its failure stops the deploy'),
    ...honoured(`${X}.`, 'protocol', 'http, tcp or udp, for all ports or port by port'),
    ...honoured(`${X}.`, 'read_timeout', 'how long a router waits for an answer'),
    ...honoured(`${X}.`, 'retry_unsafe', 'whether a POST may be sent again to another replica'),
    ...honoured(`${X}.`, 'scale', 'how many replicas over time, by load and by calendar; fleet watch acts on it'),
    ...honoured(`${X}.scale.`, 'min max', 'the bounds'),
    ...honoured(`${X}.scale.`, 'cpu requests_per_second', 'the load that each replica should have'),
    ...honoured(`${X}.scale.`, 'scale_up_after scale_down_after', 'how long a need must last; 30s and 5m'),
    ...honoured(`${X}.scale.`, 'time_zone warm_up', 'of all windows; UTC, and 5m before the start'),
    ...honoured(`${X}.scale.`, 'windows windows[].replicas', 'at least so many replicas in some time'),
    ...honoured(`${X}.scale.windows[].`, 'start end cron duration', 'the time: start and end, or cron and duration'),
    ...honoured(`${X}.scale.windows[].`, 'time_zone warm_up', 'as of the scale, for this window'),
    ...honoured(`${X}.`, 'priority', 'where not all fits on the hosts, the greater goes first'),
    ...honoured(
      '',
      'x-fleet x-fleet.carry_limit',
      'at the top: how much is carried to hosts for one bind mount; default 10MiB',
    ),
    ...honoured('', 'x-fleet.keep_releases', 'at the top: how many releases keep their images on the hosts; default 5'),
    ...['secrets.*.', 'configs.*.'].flatMap((under) =>
      honoured(under, 'x-fleet x-fleet.command', 'a program whose output is the value; it runs where fleet runs'),
    ),
  ],
};
