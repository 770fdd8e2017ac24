/** The script that a machine runs before it has Docker. It changes nothing and writes no file. */
import { HOST_PROGRAMS } from '../../model/bare-host.ts';
import { line } from '../../model/quote.ts';

/**
 * Sections as in the probe of a host with Docker. Groups are asked by name, so that they are those of the next login.
 * Administrators' programs are not in the PATH of every user.
 */
const SCRIPT = `
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
begin() { printf '@@begin %s\\n' "$1"; }
end() { printf '\\n@@end %s %s\\n' "$1" "$2"; }
begin user; id -un; end user $?
begin home; printf '%s' "$HOME"; end home 0
begin system; cat /etc/os-release 2>/dev/null; end system 0
begin groups; id -nG "$(id -un)"; end groups $?
root=none
begin rights
if [ "$(id -u)" = 0 ]; then root=root
elif ! command -v sudo >/dev/null; then echo 'there is no sudo'
elif sudo -n true 2>&1; then root=sudo
fi
end rights 0
begin root; echo $root; end root 0
begin lacks
for program in ${Object.keys(HOST_PROGRAMS).join(' ')}; do command -v $program >/dev/null || echo $program; done
end lacks 0
begin docker
if command -v docker >/dev/null; then docker info --format '{{.ServerVersion}}' 2>&1; end docker $?; else end docker 127; fi
begin daemon
if [ $root = sudo ] && command -v docker >/dev/null; then sudo -n docker info >/dev/null 2>&1; end daemon $?; else end daemon 1; fi
`;

/** The command line of the probe. */
export const BARE_PROBE = line('sh', '-c', SCRIPT);
