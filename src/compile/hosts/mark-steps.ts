/** Marking hosts: the mark is written on every keeper that lacks it, later than any mark that is known. */
import type { HostsIntent, Progress } from '../../model/hosts.ts';
import { MARKS_FOLDER } from '../../model/labels.ts';
import type { HostMark } from '../../model/mark.ts';
import type { Step, Warning } from '../../model/plan.ts';
import { idsOf, run, step } from '../sequence/step.ts';
import { auditSteps, type Fleet, type HostsParts, hostsFolder, type Keeper, stampedLine, writeLine } from './fleet.ts';
import { marksOf } from './marks.ts';

type MarkIntent = Extract<HostsIntent, { kind: 'mark' }>;

/** The steps; none when every keeper has these marks already. */
export function marking(fleet: Fleet, intent: MarkIntent): HostsParts {
  const marks = marksOf(fleet.observed);
  const own = fleet.keepers.flatMap((keeper) =>
    intent.hosts.flatMap((of) => markStep(keeper, { of, intent, newest: marks.get(of) })),
  );
  const progress = intent.progress === undefined ? [] : progressSteps(fleet, intent.progress, idsOf(own));
  const all = [...own, ...progress];
  const audit = own.length === 0 ? [] : auditSteps(fleet, WORDS[intent.as], detailOf(intent), idsOf(own));
  return { steps: [...all, ...audit], warnings: cordonedByFile(fleet, intent) };
}

const WORDS = { cordoned: 'cordon', drained: 'drain', none: 'uncordon' } as const;

/** What a host is marked as, in words. */
const MARK_REASONS = {
  cordoned: 'gets nothing new, keeps what it runs',
  drained: 'gets nothing new, keeps nothing that may move',
  none: 'takes part again',
} as const;

function detailOf({ hosts, why }: MarkIntent): string {
  return `${hosts.join(', ')}${why === '' ? '' : `: ${why}`}`;
}

interface Marking {
  readonly of: string;
  readonly intent: MarkIntent;
  readonly newest: HostMark | undefined;
}

/** A mark that is so already is copied as it is to a keeper that was away when it was made. */
function markStep({ host, home, report }: Keeper, { of, intent, newest }: Marking): Step[] {
  const isSo = newest === undefined ? intent.as === 'none' : newest.kind === intent.as && isSameWhy(intent, newest);
  const here = report?.marks?.[of];
  if (isSo && (newest === undefined || here?.at === newest.at || here?.kind === newest.kind)) return [];
  const stdin =
    isSo && newest !== undefined
      ? ({ kind: 'text', text: `${JSON.stringify(newest)}\n` } as const)
      : ({
          kind: 'stamped',
          text: stampedLine('"plan":"@PLAN@"', { kind: intent.as, why: intent.why }),
          ...(newest === undefined ? {} : { laterThan: newest.at }),
        } as const);
  const reason = isSo ? 'this keeper was away when it was marked' : MARK_REASONS[intent.as];
  return [
    step(`mark ${of}@${host.name}`, host.name, { kind: 'mark', of, as: intent.as }, reason, {
      commands: [run(writeLine(`${home}/${MARKS_FOLDER}`, `${of}.json`), { stdin })],
    }),
  ];
}

/** Without a reason of its own a mark says no more than the one that is there. */
function isSameWhy({ why }: MarkIntent, newest: HostMark): boolean {
  return why === '' || why === newest.why;
}

/** How far a maintenance is, on every keeper. */
function progressSteps({ keepers, observed }: Fleet, progress: Progress, needs: readonly string[]): Step[] {
  const known = Object.values(observed.hosts).map((state) => (state.reachable ? (state.maintenance?.at ?? 0) : 0));
  const stdin = {
    kind: 'stamped',
    text: stampedLine('"plan":"@PLAN@"', progress),
    laterThan: Math.max(0, ...known),
  } as const;
  const what = `maintenance: ${progress.done.length} of ${progress.hosts.length} hosts done`;
  return keepers.map(({ host, home }) =>
    step(`progress@${host.name}`, host.name, { kind: 'prepare', what }, 'the same command goes on from here', {
      needs,
      commands: [run(writeLine(hostsFolder(home), 'maintain.json'), { stdin })],
    }),
  );
}

function cordonedByFile({ declared }: Fleet, { hosts, as }: MarkIntent): Warning[] {
  if (as !== 'none') return [];
  return declared.hosts
    .filter(({ name, cordoned }) => hosts.includes(name) && cordoned)
    .map(({ name }) => ({
      code: 'W_CORDONED_BY_FILE',
      message: `${name} stays cordoned: the inventory says so itself (cordoned: true)`,
    }));
}
