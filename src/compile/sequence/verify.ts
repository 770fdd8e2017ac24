/**
 * After a cutover: every edge is asked as the world asks, and the routers tell what the new replicas answer real requests.
 * What fails here is before the commit, so everything is switched back.
 */
import { shortName } from '../../model/labels.ts';
import type { ProbeTarget, Step, Watch } from '../../model/plan.ts';
import type { Service } from '../../model/playbook.ts';
import { type Context, desiredOf, type Site, startsByService } from '../context.ts';
import type { Situation } from '../desire/situation.ts';
import { type Answerers, countLine, markLine } from '../nginx/answers.ts';
import { routerFolder } from '../nginx/main.ts';
import { EXPLAIN_ROUTER, MINUTE, run, step } from './step.ts';

/** Real requests are counted this often: each time is a docker command on every router. */
const COUNT_EVERY_MS = 2000;

/** One cutover to verify. */
interface Verification {
  readonly context: Context;
  /** "cutover-1". */
  readonly label: string;
  readonly needs: readonly string[];
  /** What edges are asked. */
  readonly targets: readonly ProbeTarget[];
  /** Whose answers are counted. */
  readonly answerers: readonly Answerers[];
  readonly monitorMs: number;
  readonly maxFailureRatio: number;
}

/**
 * Steps that ask the edges until all answer well, and then for as long as the services want to be watched. Meanwhile every
 * router counts what the replicas of new versions answer, those of this wave and of waves before it.
 */
export function verifySteps(context: Context, wave: number, label: string, needs: readonly string[]): Step[] {
  const updates = context.situations
    .filter(({ vacancies, blues }) => vacancies.length + blues.length > 0)
    .map(({ desired }) => desired.service.update);
  const verification: Verification = {
    context,
    label,
    needs,
    targets: exposed(context).flatMap(edgeTargets),
    answerers: answerersOf(context, wave),
    // A repair brings in what served before: it is asked whether it answers, not watched for its errors.
    monitorMs: isDeploy(context) ? Math.max(0, ...updates.map((update) => update.monitorMs)) : 0,
    maxFailureRatio: Math.min(1, ...updates.map((update) => update.maxFailureRatio)),
  };
  return context.sites.flatMap((site) => verifyStep(verification, site));
}

function verifyStep(verification: Verification, { host, report }: Site): Step[] {
  const { context, label, needs, answerers, monitorMs, maxFailureRatio } = verification;
  const targets = host.roles.includes('edge') ? verification.targets : [];
  const counted = answerers.length === 0 ? [] : ['real requests'];
  if (targets.length + counted.length === 0) return [];
  const folder = routerFolder(report.home);
  const mark = `${context.app}.${context.release}.${label}`;
  const watch: Watch = {
    line: countLine(folder, mark, answerers),
    everyMs: COUNT_EVERY_MS,
    timeoutMs: MINUTE,
  };
  const probe = { targets, attemptMs: 5000, intervalMs: 200, timeoutMs: 15_000, monitorMs, maxFailureRatio };
  return [
    step(
      `verify ${label}@${host.name}`,
      host.name,
      { kind: 'verify', what: [...targets.map(({ name }) => name), ...counted] },
      targets.length > 0 ? 'asked as the world asks' : 'what new replicas answer is counted',
      {
        needs,
        commands:
          counted.length === 0
            ? [{ kind: 'probe', ...probe }]
            : [run(markLine(folder, mark)), { kind: 'probe', ...probe, watch }],
        diagnose: EXPLAIN_ROUTER,
      },
    ),
  ];
}

/** Services that the world reaches, and that have to answer. */
function exposed(context: Context): Service[] {
  return context.situations
    .filter((situation) => (isDeploy(context) ? isAnswered(situation) : isJoined(situation)))
    .map(({ desired }) => desired.service)
    .filter((service) => service.ingress.length + service.published.length > 0);
}

/** A service of which nothing runs, by will or because its host is away, answers nobody. */
function isAnswered({ stays, resumed, vacancies }: Situation): boolean {
  return stays.length + resumed.length + vacancies.length > 0;
}

/** A repair vouches for what it brings in, not for what was broken before and is not its task. */
function isJoined({ unserved, resumed, vacancies }: Situation): boolean {
  return unserved.size + resumed.length + vacancies.length > 0;
}

function isDeploy({ intent }: Context): boolean {
  return intent.kind === 'deploy' || intent.kind === 'rollback';
}

function edgeTargets(service: Service): ProbeTarget[] {
  const ingress = service.ingress.map(({ host, path, probe, tls }): ProbeTarget => {
    const status = probe === undefined ? ([100, 499] as const) : ([200, 399] as const);
    const http = { path: probe ?? path, tls: tls !== undefined, status, ...(host === undefined ? {} : { host }) };
    return { name: `${host ?? '*'}${probe ?? path}`, address: '127.0.0.1', port: tls === undefined ? 80 : 443, http };
  });
  const published = service.published
    .filter(({ protocol }) => protocol !== 'udp')
    .map(({ published: port }): ProbeTarget => ({ name: `port ${port}`, address: '127.0.0.1', port }));
  return [...ingress, ...published];
}

/**
 * Services that want to be watched and of which another version comes. One that only gets more replicas, or its lost ones
 * again, is not among them: errors are no reason to take those away.
 */
function answerersOf(context: Context, wave: number): Answerers[] {
  const starts = context.schedule.waves.slice(0, wave).flatMap((one) => one.starts);
  return [...startsByService(starts)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, own]): Answerers[] => {
      const { service, spec } = desiredOf(context, name);
      const isSame = context.recorded?.specs[name] === spec;
      if (isSame || service.update.monitorMs === 0) return [];
      const replicas = own.flatMap(({ replica, address, ports }) =>
        ports
          .filter(({ protocol }) => protocol === 'http')
          .map(({ hostPort }) => ({ name: shortName(replica), address: `${address}:${hostPort}` })),
      );
      if (replicas.length === 0) return [];
      return [{ service: name, maxFailureRatio: service.update.maxFailureRatio, replicas }];
    });
}
