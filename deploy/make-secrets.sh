#!/bin/sh
# Makes every secret on the first start, and gives each service a copy of its own and no other.
# /secrets/all keeps them and is nobody's; /secrets/<service> is that service's /run/secrets. Safe to repeat.
set -eu
umask 077

make_and_give() { # NAME SERVICE:USER...: a service reads its secrets as that user
    name=$1
    shift
    if [ ! -s "/secrets/all/$name" ]; then
        head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' >"/secrets/all/$name.new"
        mv "/secrets/all/$name.new" "/secrets/all/$name"
        echo "made $name"
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
make_and_give postgres_password db:999
make_and_give owner_password db:999 migrate:10001
make_and_give api_password db:999 db-api:10001
make_and_give db_api_token db-api:10001 chat-ui:10001
make_and_give lm_api_key lm-api:10001 chat-ui:10001
make_and_give session_secret chat-ui:10001
