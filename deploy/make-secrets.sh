#!/bin/sh
# Creates every secret on the first start and gives each service copies of only those that it needs.
# /secrets/all keeps them and no service mounts it; /secrets/<service> is that service's /run/secrets. Safe to repeat.
set -eu
umask 077

provide() { # NAME SERVICE:USER...: the service reads the secret as that user
    name=$1
    shift
    if [ ! -s "/secrets/all/$name" ]; then
        head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' >"/secrets/all/$name.new"
        mv "/secrets/all/$name.new" "/secrets/all/$name"
        echo "Created $name."
    fi
    for reader in "$@"; do
        file=/secrets/${reader%:*}/$name
        cp "/secrets/all/$name" "$file.new"
        chmod 0400 "$file.new"
        chown "${reader#*:}" "$file.new"
        mv -f "$file.new" "$file"
    done
}

chmod 0755 /secrets/*
chmod 0700 /secrets/all
provide postgres_password db:999
provide owner_password db:999 migrate:10001
provide api_password db:999 db-api:10001
provide db_api_token db-api:10001 chat-ui:10001
provide lm_api_key lm-api:10001 chat-ui:10001
provide session_secret chat-ui:10001
# Only while the session secret is being replaced (docs/operations.md).
if [ -s /secrets/all/session_secret_previous ]; then
    provide session_secret_previous chat-ui:10001
fi
