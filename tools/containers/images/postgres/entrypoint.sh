#!/bin/sh
# Sets the database up on first start, as the official image does, and hands over.
set -eu
if [ "$(id -u)" = 0 ]; then
    install --directory --owner postgres --group postgres --mode 700 "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [ "$method" != trust ]; then
        : "${POSTGRES_PASSWORD:?a password is needed}"
    fi
    printf '%s\n' "${POSTGRES_PASSWORD:-none}" > /tmp/password
    initdb --username "${POSTGRES_USER:-postgres}" --pwfile /tmp/password \
        --auth-host "$method" --auth-local trust --encoding UTF8 > /dev/null
    rm /tmp/password
    printf "listen_addresses = '*'\n" >> "$PGDATA/postgresql.conf"
    printf 'host all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
    # On the socket only: nobody from outside meets a database that is half set up.
    pg_ctl --pgdata "$PGDATA" --options "-c listen_addresses=''" --wait start > /dev/null
    createdb --username "${POSTGRES_USER:-postgres}" \
        "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" 2> /dev/null || true
    pg_ctl --pgdata "$PGDATA" --mode fast --wait stop > /dev/null
fi
exec "$@"
