/** The start of the postgres image: what the official one does, but safe against a power loss at any moment. */

/**
 * Makes the database in `.init` below PGDATA, with a server that only listens on a socket, and moves it into place when it is
 * whole; PG_VERSION, by which a database is recognised, moves last. So whatever a crash leaves is either thrown away
 * (no `.init.done`) or moved on (with it).
 */
export const POSTGRES_ENTRYPOINT = `#!/bin/sh
set -eu

# NAME from the environment, or from the file that NAME_FILE names, or the default.
from_file() {
  eval "value=\\\${$1-} file=\\\${$1_FILE-}"
  if [ -n "$value" ] && [ -n "$file" ]; then
    echo "error: both $1 and $1_FILE are set (but are exclusive)" >&2
    exit 1
  fi
  if [ -n "$file" ]; then value=$(cat "$file"); fi
  export "$1=\${value:-$2}"
  unset "$1_FILE"
}

make_database() {
  if [ -z "$POSTGRES_PASSWORD" ] && [ "\${POSTGRES_HOST_AUTH_METHOD-}" != trust ]; then
    echo 'error: Database is uninitialized and superuser password is not specified.' >&2
    echo '       Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE to a non-empty value.' >&2
    exit 1
  fi
  rm -rf "$new"
  umask 077
  password_file=$(mktemp)
  printf '%s\\n' "\${POSTGRES_PASSWORD:-unused}" >"$password_file"
  initdb --no-sync --pgdata="$new" --username="$POSTGRES_USER" --pwfile="$password_file" \\
    --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 \${POSTGRES_INITDB_ARGS-}
  rm -f "$password_file"
  printf '\\nhost all all all %s\\n' "\${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$new/pg_hba.conf"
  printf "\\nlisten_addresses = '*'\\n" >>"$new/postgresql.conf"
  fill_database
  sync
  : >"$new.done"
}

fill_database() {
  pg_ctl --pgdata="$new" --wait --silent --log="$new/startup.log" \\
    --options="-c listen_addresses='' -c unix_socket_directories=/tmp -c fsync=off -p 5432" start
  export PGHOST=/tmp PGUSER="$POSTGRES_USER"
  if [ "$POSTGRES_DB" != postgres ]; then
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=postgres --set=db="$POSTGRES_DB" <<'SQL'
CREATE DATABASE :"db";
SQL
  fi
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) echo "running $file"; if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) echo "running $file"; psql --no-psqlrc --set=ON_ERROR_STOP=1 --dbname="$POSTGRES_DB" --file="$file" ;;
    esac
  done
  unset PGHOST PGUSER
  pg_ctl --pgdata="$new" --wait --silent --mode=fast stop
  rm -f "$new/startup.log"
}

move_database() {
  for entry in "$new"/* "$new"/.[!.]*; do
    case $entry in
      */PG_VERSION) ;;
      *) [ ! -e "$entry" ] || mv -f "$entry" "$PGDATA/" ;;
    esac
  done
  mv -f "$new/PG_VERSION" "$PGDATA/"
}

if [ "\${1#-}" != "$1" ]; then set -- postgres "$@"; fi

if [ "$1" = postgres ]; then
  from_file POSTGRES_PASSWORD ''
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS ''
  mkdir -p "$PGDATA" /var/run/postgresql
  if [ "$(id -u)" = 0 ]; then
    chown -R postgres:postgres "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    chmod 3777 /var/run/postgresql
    exec /usr/bin/setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
  fi
  new=$PGDATA/.init
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    [ -e "$new.done" ] || make_database
    move_database
    echo 'PostgreSQL init process complete; ready for start up.'
  fi
  rm -rf "$new" "$new.done"
fi

exec "$@"
`;
