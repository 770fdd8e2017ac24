/** The playbook: a Compose file, resolved and checked. Plain data; nothing here is as the user wrote it any more. */
import type { DockerOptions } from './docker-options.ts';
import type { Location } from './error.ts';
import type { Resources } from './inventory.ts';
import type { ScalePolicy } from './scale.ts';

/** How bytes on a port are proxied: requests (http) or connections (tcp, udp). */
export type AppProtocol = 'http' | 'tcp' | 'udp';

/** A port on which the replicas of a service listen; the service's VIP answers on the same number. */
export interface ServicePort {
  readonly port: number;
  readonly protocol: AppProtocol;
  /** Known from the image's EXPOSE alone: it may be that nothing listens there. */
  readonly source?: 'image';
}

/** `ports: "8080:80"`: taken on every edge host and led to the service. */
export interface PublishedPort {
  readonly published: number;
  readonly target: number;
  readonly protocol: AppProtocol;
}

/**
 * A health check as Docker runs it. `test` is Docker's form: ["CMD", …], ["CMD-SHELL", line] or ["NONE"]; without words
 * it is the image's own, and numbers that are 0 are the image's too.
 */
export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}

/** A named volume. */
export interface VolumeMount {
  readonly kind: 'volume';
  readonly volume: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** True when an empty volume does not get what the image has at the target. */
  readonly noCopy?: true;
}

/** A folder or file of the host, which must be there. */
export interface BindMount {
  readonly kind: 'bind';
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Docker's word, for example rshared. */
  readonly propagation?: string;
}

/** Memory. */
export interface TmpfsMount {
  readonly kind: 'tmpfs';
  readonly target: string;
  readonly sizeBytes?: number;
  /** Permission bits, for example 0o1777. */
  readonly mode?: number;
  /** Further words of the mount, for example "noexec". */
  readonly flags?: readonly string[];
}

/** Storage inside a container. A named volume binds its replica to the host that holds it; `carried` is read-only. */
export type Mount =
  | VolumeMount
  /** A nameless volume: each container has its own, and it goes with the container. Docker has none that are read-only. */
  | { readonly kind: 'nameless'; readonly target: string }
  | BindMount
  /** Files of the machine that runs fleet; `digest` is a key of `Playbook.carried`. */
  | { readonly kind: 'carried'; readonly digest: string; readonly target: string }
  | TmpfsMount;

/** One part of a carried folder; a carried file is one entry with the path "". Folders come before what is in them. */
export type CarriedEntry =
  /** `content` is base64. */
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly content: string }
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  /** A symbolic link that leads to another place in the same folder. */
  | { readonly kind: 'link'; readonly path: string; readonly to: string };

/** A secret or config as a file inside the container. */
export interface FileGrant {
  /** Key in `Playbook.secrets` or `Playbook.configs`. */
  readonly source: string;
  /** Absolute path inside the container. */
  readonly target: string;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, for example 0o440. */
  readonly mode: number;
}

/** `links: [db:database]`: this service alone may call the other one by this name too. */
export interface Link {
  readonly service: string;
  readonly alias: string;
}

/** `depends_on`: this service starts after the other one has come so far. */
export interface Dependency {
  readonly service: string;
  readonly condition: 'started' | 'healthy' | 'completed';
}

/** `node.labels.zone == a` and its like. */
export interface Constraint {
  /** `hostname`, `role` or `labels.NAME`. */
  readonly key: string;
  readonly operator: '==' | '!=';
  readonly value: string;
}

/** How a service goes from blue to green. */
export type Rollout =
  | { readonly kind: 'blue-green' }
  | { readonly kind: 'rolling'; readonly parallelism: number; readonly order: 'start-first' | 'stop-first' }
  | { readonly kind: 'canary'; readonly percent: number; readonly holdMs: number }
  | { readonly kind: 'recreate' };

/** `deploy.update_config`, as far as it is not the rollout itself. */
export interface UpdatePolicy {
  /** Pause between two waves. */
  readonly delayMs: number;
  /** How long the edge is asked after the switch before it counts as good. */
  readonly monitorMs: number;
  /** Share of failed answers during `monitorMs` above which the switch is taken back, 0 to 1. */
  readonly maxFailureRatio: number;
  /** What a failure does: everything back to blue, or stop where it is. */
  readonly onFailure: 'rollback' | 'pause';
}

/** One host name and path at the edge that leads to the service. */
export interface Ingress {
  /** Server name; absent means any. */
  readonly host?: string;
  /** Path prefix, starts with "/". */
  readonly path: string;
  /** Container port. */
  readonly port: number;
  /** Path asked before and after the switch; must answer 2xx or 3xx. */
  readonly probe?: string;
  /** How long nginx waits for the service's answer. */
  readonly readTimeoutMs: number;
  /** True when a POST may be sent again to another replica after a failure (the service is idempotent). */
  readonly retryUnsafe: boolean;
  readonly tls?: Tls;
}

/** Certificate and key of an ingress: names of entries in `Playbook.secrets`, delivered like secrets. */
export interface Tls {
  readonly certificate: string;
  readonly key: string;
  /** Answer plain HTTP with a redirect to HTTPS. */
  readonly redirect: boolean;
}

/** `docker create --ulimit`. */
export interface Ulimit {
  readonly soft: number;
  readonly hard: number;
}

/** What is handed to `docker create` as it stands. */
export interface ContainerOptions {
  readonly command?: readonly string[];
  /** Empty: the image's own is taken away. */
  readonly entrypoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDir?: string;
  readonly init: boolean;
  readonly readOnly: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly ulimits: Readonly<Record<string, Ulimit>>;
  readonly stopSignal?: string;
  readonly stopGraceMs: number;
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  /** Docker's `--restart` value. */
  readonly restart: string;
  /** "name:address", beside the names of services that fleet adds. */
  readonly extraHosts: readonly string[];
  readonly dns: readonly string[];
  /** Absent when there is none. */
  readonly options?: DockerOptions;
}

/** A service of the playbook. */
export interface Service {
  readonly name: string;
  /** As written, for example nginx:1.30. */
  readonly image: string;
  readonly container: ContainerOptions;
  readonly healthcheck?: Healthcheck;
  /** Sorted by number, then protocol. */
  readonly ports: readonly ServicePort[];
  /** One word of `x-fleet.protocol` for all ports, also for those that only the image knows. */
  readonly protocol?: AppProtocol;
  readonly published: readonly PublishedPort[];
  readonly mounts: readonly Mount[];
  readonly secrets: readonly FileGrant[];
  readonly configs: readonly FileGrant[];
  /** Network name -> further names under which the service is reached there. Sorted by name. */
  readonly networks: Readonly<Record<string, readonly string[]>>;
  /** Sorted by alias; absent when there is none. */
  readonly links?: readonly Link[];
  readonly dependsOn: readonly Dependency[];
  /** Of a job: so many containers, or one on each host that may take it. */
  readonly mode: 'replicated' | 'global';
  /** Meaningless when mode is global. */
  readonly replicas: number;
  readonly reservation: Resources;
  readonly limits: { readonly cpus?: number; readonly memoryBytes?: number; readonly pids?: number };
  readonly constraints: readonly Constraint[];
  /** Host label names over whose values the replicas are spread, the first is the most important. */
  readonly spread: readonly string[];
  readonly maxPerHost?: number;
  readonly rollout: Rollout;
  /** How long the replicas before stay warm after a deploy, so that a way back is a switch of the routers; absent: not. */
  readonly bakeMs?: number;
  readonly update: UpdatePolicy;
  /** A job runs to its end before green starts; `mode` and `replicas` say how often. */
  readonly job?: 'pre-deploy';
  readonly ingress: readonly Ingress[];
  /** How long a router waits for an answer on the VIP's HTTP ports (`x-fleet.read_timeout`). */
  readonly readTimeoutMs: number;
  /** True when requests that may change something may be sent again to another replica (`x-fleet.retry_unsafe`). */
  readonly retryUnsafe: boolean;
  /** Absent: only by hand. No part of the spec. */
  readonly scale?: ScalePolicy;
  /** `x-fleet.priority`: where not all fits, the greater goes first. Absent: 0. No part of the spec. */
  readonly priority?: number;
}

/** How a named volume is made on a host, or that fleet does not make it. */
export interface VolumeOrigin {
  readonly driver?: string;
  /** `driver_opts`, sorted by name. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Made by somebody else: it must be there. */
  readonly isExternal: boolean;
}

/** The playbook of one app. All lists are sorted, so equal playbooks are equal JSON. */
export interface Playbook {
  /** The app: Compose's `name`. */
  readonly app: string;
  readonly services: readonly Service[];
  /** Named volumes: key in the file -> name in Docker. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Docker name of a volume -> how it is made; those that are made without more are left out. */
  readonly volumeOrigins?: Readonly<Record<string, VolumeOrigin>>;
  /** Networks that services name. */
  readonly networks: readonly string[];
  /** Those of them that lead nowhere outside (`internal: true`). */
  readonly internalNetworks: readonly string[];
  /** Secret name -> SHA-256 of its value. The value itself is in `Secrets`, never in a Playbook. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Config name -> its content in base64. */
  readonly configs: Readonly<Record<string, string>>;
  /** Digest -> what is carried to hosts for bind mounts of this machine's files. Never secrets: it lies on the hosts' disks. */
  readonly carried: Readonly<Record<string, readonly CarriedEntry[]>>;
  /** How many releases keep their images on the hosts, the current one among them, 2 to 20; absent: 5. */
  readonly keepReleases?: number;
  /** "services.web.deploy.replicas" -> where that stands; only for messages, no part of any digest. */
  readonly locations: Readonly<Record<string, Location>>;
}

/** Values of the secrets by name. Lives in memory of this process and in the containers, nowhere else. */
export type Secrets = ReadonlyMap<string, Uint8Array>;
