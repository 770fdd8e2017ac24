#!/bin/sh
# PostgreSQL is well when it takes connections and answers a query.
[ "$(PGPASSWORD="$POSTGRES_PASSWORD" psql --host 127.0.0.1 --username "${POSTGRES_USER:-postgres}" --quiet --no-align --tuples-only --command 'SELECT 1')" = 1 ]
