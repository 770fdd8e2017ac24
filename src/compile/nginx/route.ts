/** Routes: what one app's router files say, before they are text. */
import type { Upstream } from '../../model/observed.ts';
import type { Desired } from '../desire/spec.ts';

/** A service as routers see it at one moment. */
export interface Route {
  readonly desired: Desired;
  /** Who serves now, sorted by container name. */
  readonly upstreams: readonly Upstream[];
  /** Subnets that may call the VIP. */
  readonly allow: readonly string[];
  /** Whether the edges take outside traffic for it. */
  readonly exposed: boolean;
  /** Whether its name works before its replicas are checked (opening cutover). */
  readonly early: boolean;
}

/** What the texts depend on beside the routes. */
export interface RouterOptions {
  readonly app: string;
  readonly edge: boolean;
  readonly vipRange: string;
  /** nginx 1.25.1 and newer know `http2 on`. */
  readonly http2: boolean;
}
