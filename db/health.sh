#!/bin/bash
# The health check of the database. Once it is healthy, a check rests for half a minute first (deploy/health.sh says
# why). A changed secret becomes the password of its role; Postgres itself would read it only into a new database.
healthy=/tmp/health-ok
changed() { [[ /run/secrets -nt $healthy ]]; }

rest() {
    coproc sleep 30
    while kill -0 "$COPROC_PID" 2>/dev/null && ! changed; do
        read -rt 2 -u "${COPROC[0]}" _ || (($? > 128)) || break
    done
    kill "$COPROC_PID"
} 2>/dev/null

set_passwords() {
    psql=(psql --quiet --no-psqlrc --output=/dev/null --set ON_ERROR_STOP=1 --username=postgres --dbname=postgres)
    "${psql[@]}" --file=/docker-entrypoint-initdb.d/10-roles.sql &&
        "${psql[@]}" <<'SQL'
\set password `cat /run/secrets/postgres_password`
ALTER ROLE postgres PASSWORD :'password';
SQL
}

[[ -e $healthy ]] && rest
# Over TCP: while the entrypoint initialises a new database, the server listens on its socket only.
pg_isready --quiet --host=127.0.0.1 --dbname=parley --username=parley_api || exit
[[ -e $healthy ]] && ! changed && exit
: >"$healthy.new"
set_passwords && mv "$healthy.new" "$healthy"
