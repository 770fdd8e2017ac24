/** Counting what new replicas answered real requests, from the routers' own log: on real errors a cutover is taken back. */
import { ROUTER_LOG, ROUTER_NAME } from '../../model/labels.ts';
import { line } from '../../model/quote.ts';

/** The replicas of one service whose answers are counted together. */
export interface Answerers {
  readonly service: string;
  /** Share of bad answers that is still good, 0 to 1. */
  readonly maxFailureRatio: number;
  /** Where they are: "10.0.0.2:20011", and the name for people: "web.7.1". */
  readonly replicas: readonly { readonly name: string; readonly address: string }[];
}

/** Of fewer answers a share says nothing. */
const LEAST_ANSWERS = 10;

/** Fewer bad answers than this are what any service has now and then, whatever share of a quiet minute they are. */
const LEAST_BAD = 3;

/**
 * Host script `answers.sh`. `mark NAME` writes a mark into the log; `count NAME SERVICE=RATIO=REPLICA@ADDRESS,…` counts what
 * these replicas answered since it (when the log was cut since, what is in it is younger than the mark) and ends with code 1
 * when a service has too many bad answers: status 5xx, or none at all, which nginx writes as 502 or 504. What counts is what
 * the client got: an attempt that nginx made good at another replica is no error, and on a busy machine it is common.
 */
export const ANSWERS_SCRIPT = `#!/bin/sh
# Written by fleet. Usage: answers.sh mark NAME | answers.sh count NAME SERVICE=RATIO=REPLICA@ADDRESS,...
what=$1; name=$2; shift 2
if [ "$what" = mark ]; then
  exec docker exec ${ROUTER_NAME} sh -c 'echo "mark|$1" >> ${ROUTER_LOG}' sh "$name"
fi
{ docker exec ${ROUTER_NAME} cat ${ROUTER_LOG} || echo lost; } | LC_ALL=C awk -F '|' -v mark="$name" -v asked="$*" '
  BEGIN {
    services = split(asked, words, " ")
    for (s = 1; s <= services; s++) {
      split(words[s], part, "=")
      service[s] = part[1]; ratio[s] = part[2]
      count = split(part[3], replicas, ",")
      for (r = 1; r <= count; r++) {
        split(replicas[r], place, "@")
        of[place[2]] = s; called[place[2]] = place[1]; order[++addresses] = place[2]
      }
    }
  }
  $1 == "lost" { print "the log of ${ROUTER_NAME} can not be read"; lost = 1; exit 2 }
  $1 == "mark" { if ($2 == mark) { split("", all); split("", bad); split("", one); split("", ill) } next }
  {
    tries = split($2, address, /, | : /); split($3, status, /, | : /)
    if (!(address[tries] in of)) next
    s = of[address[tries]]
    all[s]++; one[address[tries]]++
    if (status[tries] ~ /^5/) { bad[s]++; ill[address[tries]]++ }
  }
  END {
    if (lost) exit 2
    for (s = 1; s <= services; s++) {
      if (all[s] < ${LEAST_ANSWERS} || bad[s] < ${LEAST_BAD} || bad[s] <= ratio[s] * all[s]) continue
      text = service[s] ": " bad[s] " of " all[s] " answers to real requests were errors (limit " ratio[s] * 100 " %):"
      for (a = 1; a <= addresses; a++)
        if (of[order[a]] == s && ill[order[a]]) text = text " " called[order[a]] " " ill[order[a]] " of " one[order[a]] ","
      print substr(text, 1, length(text) - 1)
      failed = 1
    }
    exit failed
  }' >&2
`;

/** Marks the time from which on answers are counted. */
export function markLine(folder: string, name: string): string {
  return line('sh', `${folder}/answers.sh`, 'mark', name);
}

/** Counts since the mark; ends with a code other than 0 when there were too many errors, and says which. */
export function countLine(folder: string, name: string, asked: readonly Answerers[]): string {
  const words = asked.map(({ service, maxFailureRatio, replicas }) => {
    const places = replicas.map((replica) => `${replica.name}@${replica.address}`);
    return `${service}=${maxFailureRatio}=${places.join(',')}`;
  });
  return line('sh', `${folder}/answers.sh`, 'count', name, ...words);
}
