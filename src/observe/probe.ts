/** The scripts that a host runs to report on itself. They change nothing and write no file. */
import { LABEL, LARGE_MARK } from '../model/labels.ts';
import { line } from '../model/quote.ts';

/** Labels of containers that are read; others may hold anything and stay on the host. */
const LABELS = Object.values(LABEL)
  .map((name) => `"${name}":{{json (index .Config.Labels "${name}")}}`)
  .join(',');

/** One JSON object per container, without its environment: values there may be secrets. */
const CONTAINER = [
  '{"name":{{json .Name}},"image":{{json .Config.Image}},"imageId":{{json .Image}}',
  `"labels":{${LABELS}}`,
  '"status":{{json .State.Status}},"exitCode":{{json .State.ExitCode}},"startedAt":{{json .State.StartedAt}}',
  '"health":{{with .State.Health}}{{json .Status}}{{else}}"none"{{end}},"restarts":{{json .RestartCount}}',
  '"mounts":{{json .Mounts}},"bindings":{{json .HostConfig.PortBindings}},"ports":{{json .NetworkSettings.Ports}}}',
].join(',');

const NETWORK = '{"name":{{json .Name}},"config":{{json .IPAM.Config}}}';

const IMAGE = '{"repository":{{json .Repository}},"tag":{{json .Tag}},"digest":{{json .Digest}}}';

/** What every script begins with; without the docker command it is the end, too. */
const BEGIN = `
export LC_ALL=C
begin() { printf '@@begin %s\\n' "$1"; }
end() { printf '\\n@@end %s %s\\n' "$1" "$2"; }
if ! command -v docker >/dev/null; then begin missing; end missing 0; exit 0; fi
`;

/**
 * fleet's own files and the host itself. Router files and records come as one tar archive in base64, as any bytes may be in
 * them. What the shell can do itself it does, as each program costs a busy host a millisecond; and `ss` asks the kernel for
 * listeners alone (sock_diag(7)), where /proc/net/tcp goes through its table of all connections: 4 ms a file. Of router
 * files that are marked as large only digests are sent: they are the same on nearly all hosts. Their names are fleet's own,
 * without a space.
 */
const OWN = `
app_of() {
  app=\${1#router/generations/}; app=\${app%%.*}
  case $1 in *.new | *.old) return 1 ;; esac
}
lost() {
  for folder in router/generations/*.*; do
    if app_of "$folder" && [ -d "$folder" ] && [ ! -e "router/current/$app" ]; then return 0; fi
  done
  return 1
}
is_large() {
  if [ -f "\${1%/*}/${LARGE_MARK}" ]; then large="$large $1"; else return 1; fi
}
is_record() {
  name=\${1##*/}
  case \${name%.json} in '' | *[!0-9]*) return 1 ;; esac
}
files() {
  cd "$HOME/.fleet" 2>/dev/null || return
  large=
  set --
  for file in router/http.conf router/stream.conf router/start.sh router/current/*/meta.json router/current/*/*.conf \
    router/current/*/tls/*.crt \
    .hosts/marks/*.json .hosts/maintain.json; do
    if ! [ -f "$file" ]; then continue; fi
    case $file in router/current/*/tls/*) ;; router/current/*) if is_large "$file"; then continue; fi ;; esac
    set -- "$@" "$file"
  done
  unlinked=
  if lost; then
    for folder in $(ls -td router/generations/*.* 2>/dev/null); do
      app_of "$folder" || continue
      case "$unlinked " in *" $app "*) continue ;; esac
      if [ -e "router/current/$app" ] || [ ! -f "$folder/meta.json" ]; then continue; fi
      unlinked="$unlinked $app"
      if ! is_large "$folder/meta.json"; then set -- "$@" "$folder/meta.json"; fi
    done
  fi
  for app in */releases; do
    count=0
    for file in "$app"/*.json; do if is_record "$file"; then count=$((count + 1)); fi; done
    for file in "$app"/*.json; do
      if ! is_record "$file"; then continue; fi
      if [ $count -le 20 ]; then set -- "$@" "$file"; fi
      count=$((count - 1))
    done
  done
  if [ -n "$large" ]; then begin sums; sha256sum $large; end sums 0; fi
  if [ $# = 0 ]; then return; fi
  begin files; echo $#; tar -chf - "$@" 2>/dev/null | base64; end files 0
}
carried() {
  begin carried
  for folder in "$HOME"/.fleet/*/files/*/; do [ -d "$folder" ] && printf '%s\\n' "\${folder#"$HOME"/.fleet/}"; done
  end carried 0
}
records() {
  begin records
  for file in "$HOME"/.fleet/*/releases/*; do [ -f "$file" ] && printf '%s\\n' "\${file#"$HOME"/.fleet/}"; done
  end records 0
}
listening() {
  if out=$(ss -Hltun 2>/dev/null); then begin listening; printf '%s' "$out"; end listening 0; return; fi
  begin tcp; grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null; end tcp 0
  begin udp; grep -h ' 07 ' /proc/net/udp /proc/net/udp6 2>/dev/null; end udp 0
}
disk() { begin disk; df -Pk "$1" 2>/dev/null || df -Pk /; end disk $?; }
own() {
  begin home; printf '%s' "$HOME"; end home 0
  listening
  carried
  records
  files
}
`;

const END = `
begin clock; date +%s%3N; end clock 0
`;

/**
 * Sections of output, each with the exit code of what made it. The docker commands run at the same time, each piped into
 * a shell that first runs the next one and then passes the output on; so there is nothing to clean up, and a full disk
 * does not matter.
 */
const DOCKER = `
info() {
  out=$(docker info --format '{{json .}}'); code=$?
  begin info; printf '%s' "$out"; end info $code
  root=\${out##*'"DockerRootDir":"'}; root=\${root%%'"'*}
  disk "$root"
}
containers() {
  ids=$(docker ps --all --quiet --no-trunc); code=$?
  begin containers
  if [ -n "$ids" ]; then docker inspect --type container --format '${CONTAINER}' $ids; code=$?; fi
  end containers $code
}
networks() {
  ids=$(docker network ls --quiet --no-trunc); code=$?
  begin networks
  if [ -n "$ids" ]; then docker network inspect --format '${NETWORK}' $ids; code=$?; fi
  end networks $code
}
volumes() { begin volumes; docker volume ls --quiet; end volumes $?; }
images() { begin images; docker image ls --digests --format '${IMAGE}'; end images $?; }
info </dev/null | {
  exec 3<&0
  containers </dev/null | {
    exec 4<&0
    networks </dev/null | {
      exec 5<&0
      images </dev/null | {
        exec 6<&0
        volumes </dev/null
        own </dev/null
        cat <&6
      }
      cat <&5
    }
    cat <&4
  }
  cat <&3
}
`;

/** The command line of the whole probe. */
export const PROBE = line('sh', '-c', BEGIN + OWN + DOCKER + END);

/** The same without what Docker knows, for hosts whose Docker is asked directly. The disk is that of Docker's usual folder. */
export const OWN_PROBE = line('sh', '-c', `${BEGIN}${OWN}disk /var/lib/docker\nown\n${END}`);
