/** What the hosts report: the only memory that fleet has. */
import type { Maintenance } from './hosts.ts';
import type { HostMark } from './mark.ts';
import type { AppProtocol } from './playbook.ts';

/** A container that fleet made, as its host reports it. */
export interface Container {
  readonly name: string;
  readonly app: string;
  readonly service: string;
  readonly slot: number;
  /** The release that started it. */
  readonly release: number;
  /** Digest of everything that shapes the container; equal specs need no restart. */
  readonly spec: string;
  /** "replica" serves, "job" runs once. */
  readonly kind: 'replica' | 'job';
  /** The image as the playbook wrote it, and what it resolved to. */
  readonly image: string;
  readonly imageDigest?: string;
  readonly state: 'created' | 'running' | 'restarting' | 'paused' | 'exited' | 'dead' | 'removing';
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly exitCode: number;
  readonly restarts: number;
  /** Epoch milliseconds; 0 when it never started. */
  readonly startedAt: number;
  /** What it reserved when it was placed. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly ports: readonly PortBinding[];
  /** Named volumes it mounts (Docker names). */
  readonly volumes: readonly string[];
  /** Digests of the carried files it mounts, sorted. */
  readonly carried: readonly string[];
  /** Job -> spec of those that had run when it was started; absent when there was none. */
  readonly jobs?: Readonly<Record<string, string>>;
}

/** A container port and the host port that leads to it. */
export interface PortBinding {
  readonly port: number;
  readonly protocol: AppProtocol;
  readonly hostPort: number;
}

/** A replica that a router sends traffic to. */
export interface Upstream {
  readonly container: string;
  readonly slot: number;
  readonly host: string;
  readonly address: string;
  readonly ports: readonly PortBinding[];
  /** Its host does not answer: no traffic is sent there, and its slot is kept for it. */
  readonly away?: true;
}

/** What one app's live router file on one host says; written by fleet beside the file (meta.json). */
export interface RouterState {
  readonly app: string;
  /** Digest of the live files on this host. */
  readonly generation: string;
  readonly services: Readonly<Record<string, RoutedService>>;
  /** File name -> text, to show what changes. */
  readonly files: Readonly<Record<string, string>>;
  /** What this edge serves HTTPS with, sorted by file; absent when there is none. */
  readonly certificates?: readonly Certificate[];
}

/** A certificate that lies beside a router's files. Its key is never read. */
export interface Certificate {
  /** "tls/4c1f….crt": named by its digest, so another one has another name. */
  readonly file: string;
  /** Host names that it is for. */
  readonly names: readonly string[];
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** A service in a router file: its lasting addresses and who serves. */
export interface RoutedService {
  readonly vip: string;
  readonly subnet: string;
  /** CIDR that it had before; see `ServiceAddresses`. */
  readonly former?: string;
  readonly upstreams: readonly Upstream[];
  /** "host/path" of each ingress and "port/protocol" of each published port taken on the edges. */
  readonly claims: readonly string[];
  /** Its name works ahead of its replicas, which nobody has checked yet: they serve nobody, and may not be there. */
  readonly early?: true;
}

/** A record of one release, kept on the edge hosts. */
export interface ReleaseRecord {
  readonly app: string;
  readonly release: number;
  /** Epoch milliseconds by the recording machine's clock. */
  readonly at: number;
  /** Who deployed, for example ann@laptop. */
  readonly by: string;
  readonly planDigest: string;
  /** Service -> spec digest; jobs are listed too, which is how a job is known to have run. */
  readonly specs: Readonly<Record<string, string>>;
  /** Service -> part of its spec ("environment LEVEL") -> digest; only to say what changed. Absent in records of old. */
  readonly parts?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Service -> image as written and digest. */
  readonly images: Readonly<Record<string, { readonly image: string; readonly digest?: string }>>;
  /** Service -> replicas, where a person asked for another number than the playbook (`fleet scale`). */
  readonly replicas?: Readonly<Record<string, number>>;
  /** Service -> replicas that run now, where a watcher asked for another number than people did (`x-fleet.scale`). */
  readonly scaled?: Readonly<Record<string, number>>;
  /** Grows with each rewriting of the same release, as by `fleet scale`; absent: 0. Of two records the greater counts. */
  readonly revision?: number;
  /** Releases that a rollback left behind when this one was made: the one it left, and the one it brought back. */
  readonly rollback?: { readonly from: number; readonly to: number };
  /** SHA-256 of the playbook in the ReleaseBody beside the record; absent in records of old and in rebuilt ones. */
  readonly body?: string;
  /** "HOST/NAME" of replicas of the release before that stay warm, in no router, for so long after `at`. */
  readonly warm?: { readonly replicas: readonly string[]; readonly forMs: number };
  /**
   * The app was removed by this release, which asks for nothing. It stays, so that an older record on a keeper that was
   * silent then does not bring the app back; all records before it are void.
   */
  readonly removed?: true;
}

/** A host that answered. */
export interface HostUp {
  readonly reachable: true;
  /** Home folder of the SSH user, absolute. */
  readonly home: string;
  readonly dockerVersion: string;
  /** Docker's name: amd64, arm64, … */
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Free bytes where Docker keeps images and containers. */
  readonly diskFreeBytes: number;
  /** The host's clock less ours, milliseconds, good to about a round trip. For people only. */
  readonly clockSkewMs: number;
  readonly containers: readonly Container[];
  /** TCP and UDP ports that something listens on or that any container has bound: "tcp/22". */
  readonly listening: readonly string[];
  /** Docker networks: name -> first IPv4 subnet ("" when none). */
  readonly networks: Readonly<Record<string, string>>;
  /** Docker volume names. */
  readonly volumes: readonly string[];
  /** App -> folders below ~/.fleet/APP/files, sorted: digests of carried files; "DIGEST.new" is half laid. */
  readonly carried: Readonly<Record<string, readonly string[]>>;
  /** "name:tag" and "name@sha256:…" of every image on the host. */
  readonly images: readonly string[];
  /** Those of them by digest that have a tag, too, sorted: somebody pulled them by name. Absent when there is none. */
  readonly taggedImages?: readonly string[];
  /** Registry mirrors and insecure registries as its Docker knows them. */
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly router: RouterHost;
  /** Releases by app, oldest first; empty on hosts that keep no records. */
  readonly releases: Readonly<Record<string, readonly ReleaseRecord[]>>;
  /** App -> names of all files below ~/.fleet/APP/releases, sorted; absent on hosts that keep no records. */
  readonly recordFiles?: Readonly<Record<string, readonly string[]>>;
  /** "APP/releases/000007.json" of records that are there and can not be read, sorted; absent when there is none. */
  readonly brokenRecords?: readonly string[];
  /** Marks by host, as this keeper has them; absent on hosts that keep none. */
  readonly marks?: Readonly<Record<string, HostMark>>;
  /** The last maintenance that this keeper knows; absent when it knows none. */
  readonly maintenance?: Maintenance;
}

/** The router container and the files it serves from. */
export interface RouterHost {
  /** Absent when there is no router container. */
  readonly container?: { readonly running: boolean; readonly spec: string; readonly image: string };
  /** Digest of the main files (nginx.conf and the start script); "" when there are none. */
  readonly mainDigest: string;
  readonly apps: Readonly<Record<string, RouterState>>;
  /**
   * App -> what the newest of its files say that lie there without any link to them: somebody removed it, and nginx may
   * still go by them. Only to know who may be on hosts that do not answer. Absent when there are none.
   */
  readonly unlinked?: Readonly<Record<string, RouterState['services']>>;
}

/** A host that did not answer, and why. Unknown is never empty. */
export interface HostDown {
  readonly reachable: false;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** What it reported last, where somebody remembers: a what-if that takes it as lost, or a watcher. */
  readonly before?: HostUp;
}

/** One host's report. */
export type HostState = HostUp | HostDown;

/** What an image name means now. */
export interface ImageFacts {
  /** "sha256:…"; absent when neither a registry nor a host could tell. */
  readonly digest?: string;
  /** Who told: a registry, a host that has it, or the container that runs it. */
  readonly source: 'registry' | 'host' | 'none';
  /** Ports of the image's own EXPOSE, such as 80/tcp; absent when nobody could tell. */
  readonly exposed?: readonly string[];
  /** Version of nginx in the image (ENV NGINX_VERSION), for the router. */
  readonly nginxVersion?: string;
  readonly hasHealthcheck: boolean;
  /** Docker names of the architectures it exists for; empty when unknown. */
  readonly architectures: readonly string[];
  /** Why there is no digest. */
  readonly problem?: string;
}

/** The whole world as observed at one time. */
export interface Observed {
  readonly hosts: Readonly<Record<string, HostState>>;
  /** By image name as written. */
  readonly images: Readonly<Record<string, ImageFacts>>;
}
