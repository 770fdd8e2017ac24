/** What Docker says of containers: lines that wait until they are well, and lines that say why one is not. */
import { filled, line, quote } from '../../model/quote.ts';
import { logsLine } from './step.ts';

/**
 * Looks until every replica is running and healthy. Unhealthy or gone ends the wait at once; a restart does not (a
 * service may wait for another one that way). Without any check, running three times in a row without a restart must do.
 */
export function waitLine(names: readonly string[], checked: boolean, hasPorts: boolean): string {
  const until = checked ? UNTIL.healthy : hasPorts ? UNTIL.running : UNTIL.calm;
  return `${ASK}${line(...names)}${until}`;
}

/** Lines whose output says why a container is not well: its state, what its health check said, its last log lines. */
export function explain(name: string): string[] {
  const word = quote(name);
  return [`${SHOW_STATE} ${word}${ASK_HEALTH} ${word}${SHOW_HEALTH}`, lastLogs(name)];
}

const lastLogs = filled((name) => logsLine(name, 20));

const SHOW_STATE = inspectLine(
  '{{.Name}}: {{.State.Status}}, exit code {{.State.ExitCode}}, restarts {{.RestartCount}}',
);
const ASK_HEALTH = ` | cut -c2-; said=$(${inspectLine(
  '{{if .State.Health}}{{range .State.Health.Log}}{{println .ExitCode .Output}}{{end}}{{end}}',
)}`;
const SHOW_HEALTH = ` | grep . | tail -n 1); [ -z "$said" ] || echo "  its health check: exit code $said"`;
const INSPECT_RUNS = inspectLine(
  '{{.Name}}={{.State.Status}}/{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}/{{.RestartCount}}',
);

function inspectLine(format: string): string {
  return line('docker', 'inspect', '--format', format);
}

const ASK = [
  'pause=0.1; seen=; calm=0',
  'bad() { name=${1%%=*}; echo "${name#/} $2" >&2; exit 1; }',
  `while states=$(${INSPECT_RUNS} `,
].join('\n');

/** The rest of the line is one of three, and one text for all replicas. */
const UNTIL = {
  healthy: untilLines('*=running/healthy/*', 1),
  running: untilLines('*=running/none/*|*=running/healthy/*', 1),
  calm: untilLines('*=running/none/*|*=running/healthy/*', 3),
};

/** `looks`: so many in a row must find all of them good and nothing changed. */
function untilLines(good: string, looks: number): string {
  return [
    '); do',
    '  ready=yes',
    '  for state in $states; do',
    `    case $state in ${good}) ;; */unhealthy/*) bad "$state" "is unhealthy" ;;`,
    '    *=exited/*|*=dead/*|*=removing/*) bad "$state" "has ended" ;; *) ready=no ;; esac',
    '  done',
    '  if [ $ready = yes ]; then [ "$states" = "$seen" ] && calm=$((calm + 1)) || calm=1; seen=$states; else calm=0; fi',
    `  [ $calm -ge ${looks} ] && exit 0`,
    '  sleep $pause; case $pause in 0.1) pause=0.2 ;; 0.2) pause=0.3 ;; *) pause=0.5 ;; esac',
    'done',
    'exit 1',
  ].join('\n');
}
