/** Each report as one sentence for people. */

import { shortName } from '../../model/labels.ts';
import type { CertificateNews, HostNews, RepairNews, ReplicaNews, Report, WatcherNews } from '../../model/report.ts';
import { printableLine } from '../printable.ts';
import { count, formatBytes, formatMs, formatTime, listed } from '../units.ts';
import { scaleWords } from './scale.ts';

/** Reasons that stand in one sentence; the others are counted. */
const MOST_REASONS = 3;

const DAY_MS = 86_400_000;

/** What happened, to whom, and what is done about it. One line, no escape sequences. */
export function reportWords(report: Report): string {
  return printableLine(sentence(report));
}

function sentence(report: Report): string {
  switch (report.kind) {
    case 'host-lost':
    case 'host-gone':
    case 'volume-waits':
    case 'host-serving':
    case 'host-untrusted':
    case 'host-back':
    case 'host-flaps':
    case 'host-settled':
    case 'disk-low':
    case 'disk-freed':
    case 'clock-off':
    case 'clock-right':
      return hostWords(report);
    case 'certificate-ends':
    case 'certificate-ended':
      return certificateWords(report);
    case 'replica-sick':
    case 'replica-well':
    case 'service-sick':
    case 'service-well':
    case 'crash-loop':
    case 'crash-over':
      return replicaWords(report);
    case 'repaired':
    case 'repair-failed':
    case 'repair-refused':
    case 'does-not-fit':
    case 'fits-again':
    case 'repair-interrupted':
    case 'scaled':
    case 'scale-wanted':
    case 'scale-failed':
    case 'scale-refused':
    case 'scale-interrupted':
    case 'ceiling':
    case 'ceiling-over':
    case 'lease-held':
    case 'no-release':
      return repairWords(report);
    default:
      return watcherWords(report);
  }
}

function hostWords(news: HostNews): string {
  const { host } = news;
  switch (news.kind) {
    case 'host-lost': {
      const how = news.cause === 'silent' ? 'does not answer' : 'has no Docker, and its replicas do not answer';
      return `${host} ${how}: no traffic goes there any more (${count(news.replicas, 'replica')}). ${news.message}`;
    }
    case 'host-gone': {
      const what =
        news.moving === 0 ? 'nothing of it can move' : `${count(news.moving, 'replica')} of it start elsewhere`;
      return `${host} has been gone for ${formatMs(news.afterMs)}: ${what}`;
    }
    case 'volume-waits': {
      const who = `${listed(news.services)} of ${news.app}`;
      return `${who}: ${count(news.replicas, 'replica')} bound to volumes on ${host} wait for it, and serve nobody until it is back`;
    }
    case 'host-serving': {
      const how = news.cause === 'silent' ? 'can not be reached from here' : 'has no Docker';
      const part = `${news.answered} of ${news.asked} replicas`;
      return `${host} ${how}, but ${part} answer other hosts: traffic goes on. ${news.message}`;
    }
    case 'host-untrusted':
      return `${host} shows a host key that nobody vouches for: nothing is sent there, and it counts as silent. ${news.message}`;
    case 'host-back':
      return `${host} is back after ${formatMs(news.afterMs)}`;
    case 'host-flaps':
      return `${host} was lost and came back ${news.times} times within 10 min: it gets nothing new for ${formatMs(news.forMs)}`;
    case 'host-settled':
      return `${host} may get replicas again`;
    case 'disk-low':
      return `${host} has ${formatBytes(news.freeBytes)} of disk left`;
    case 'disk-freed':
      return `${host} has room on its disk again: ${formatBytes(news.freeBytes)}`;
    case 'clock-off':
      return `the clock of ${host} is off by ${formatMs(Math.abs(news.skewMs))}`;
    case 'clock-right':
      return `the clock of ${host} is right again`;
    default:
      return news satisfies never;
  }
}

function certificateWords({ kind, app, names, endsAt, leftMs }: CertificateNews): string {
  const what = `the certificate of ${names.length === 0 ? 'an edge' : listed(names)}`;
  const day = formatTime(endsAt).slice(0, 10);
  if (kind === 'certificate-ended') return `${app}: ${what} ended on ${day}: clients refuse it`;
  return `${app}: ${what} ends in ${count(Math.floor(leftMs / DAY_MS), 'day')}, on ${day}`;
}

function replicaWords(news: ReplicaNews): string {
  const { app, service } = news;
  switch (news.kind) {
    case 'replica-sick': {
      const how = news.cause === 'hung' ? 'runs and answers nobody' : 'is unhealthy';
      return `${app}: ${shortName(news.container)} on ${news.host} ${how}: it is replaced, the new one first`;
    }
    case 'replica-well':
      return `${app}: ${shortName(news.container)} on ${news.host} works again by itself`;
    case 'service-sick': {
      const what = `all ${news.replicas} replicas of ${service} are unhealthy`;
      if (news.helped === false)
        return `${app}: ${what}, and replacing one did not help: they are left alone for a while`;
      return `${app}: ${what} at once, so it is probably not the replicas: only one is replaced, to see whether that helps`;
    }
    case 'service-well':
      return `${app}: ${service} is healthy again`;
    case 'crash-loop': {
      const name = `${shortName(news.container)} on ${news.host}`;
      return `${app}: ${name} ended ${news.deaths} times, last with code ${news.exitCode}: left alone for ${formatMs(news.pauseMs)}${lastLine(news.logs)}`;
    }
    case 'crash-over':
      return `${app}: ${service}.${news.slot} has run calmly for 10 min`;
    default:
      return news satisfies never;
  }
}

function lastLine(logs: readonly string[]): string {
  const last = logs.at(-1);
  return last === undefined ? '' : `; its last words: ${last}`;
}

function repairWords(news: RepairNews): string {
  const { app } = news;
  switch (news.kind) {
    case 'repaired':
      return `${app}: repaired in ${formatMs(news.ms)}: ${reasons(news.what)}`;
    case 'repair-failed':
      return `${app}: a repair failed after ${formatMs(news.ms)}: ${reasons(news.why)}`;
    case 'repair-refused':
      return `${app}: there is no way to repair it: ${reasons(news.why)}`;
    case 'does-not-fit':
      return `${app}: not everything fits: ${reasons(news.why)}`;
    case 'fits-again':
      return `${app}: everything fits again`;
    case 'repair-interrupted':
      return `${app}: a repair was broken off after ${formatMs(news.ms)}`;
    case 'scaled':
      return `${app}: scaled in ${formatMs(news.ms)}: ${reasons(news.changes.map(scaleWords))}`;
    case 'scale-wanted':
      return `${app} should be scaled, and nothing is changed: ${reasons(news.changes.map(scaleWords))}`;
    case 'scale-failed':
      return `${app}: scaling failed after ${formatMs(news.ms)}: ${reasons(news.why)}`;
    case 'scale-refused':
      return `${app} can not be scaled: ${reasons(news.why)}`;
    case 'scale-interrupted':
      return `${app}: scaling was broken off after ${formatMs(news.ms)}`;
    case 'ceiling':
      return `${app}: ${count(news.repairs, 'repair')} within an hour are too many: nothing more is repaired until it is less`;
    case 'ceiling-over':
      return `${app}: repairs go on`;
    case 'lease-held':
      return `${news.why}: repairs wait`;
    case 'no-release':
      return `${app} is not repaired: ${news.why.replace(`${app}: `, '')}`;
    default:
      return news satisfies never;
  }
}

function reasons(all: readonly string[]): string {
  const rest = all.length > MOST_REASONS ? `; and ${all.length - MOST_REASONS} more` : '';
  return `${all.slice(0, MOST_REASONS).join('; ')}${rest}`;
}

function watcherWords(news: WatcherNews): string {
  switch (news.kind) {
    case 'watch-started': {
      const what = news.apps.length === 0 ? 'no app yet' : listed(news.apps);
      return `watching ${what} on ${count(news.hosts, 'host')}`;
    }
    case 'watch-ended':
      return 'watching has ended';
    case 'cut-off': {
      const docker = news.withoutDocker === 0 ? '' : ` (${news.withoutDocker} more have no Docker)`;
      return `only ${news.up} of ${count(news.hosts, 'host')} answer${docker}: it may be this machine that is cut off, so nothing is changed`;
    }
    case 'cut-off-over':
      return `${news.up} of ${count(news.hosts, 'host')} answer again after ${formatMs(news.afterMs)}: repairs go on`;
    case 'reloaded':
      return `the inventory was read again: ${count(news.hosts, 'host')}`;
    case 'reload-failed':
      return `the inventory could not be read again, the old one goes on: ${news.message}`;
    case 'notify-failed':
      return `the ${news.way === 'webhook' ? 'webhook' : 'notify command'} failed: ${news.message}`;
    case 'trouble':
      return `something went wrong in the watcher itself, which goes on: ${news.message}`;
    default:
      return news satisfies never;
  }
}
