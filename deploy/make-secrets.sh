#!/bin/sh
# Creates every secret on the first start and gives each service copies of only those that it needs.
# /secrets/all keeps them and no service mounts it; /secrets/<service> is that service's /run/secrets. Safe to repeat:
# a file that stays the same isn't touched, because a service starts again when its folder changes.
set -eu
umask 077

copy() { # SECRET SERVICE:USER: the service reads the secret as that user
    file=/secrets/${2%:*}/${1##*/}
    if ! cmp -s "$1" "$file"; then
        cp "$1" "$file.new"
        chmod 0400 "$file.new"
        chown "${2#*:}" "$file.new"
        mv -f "$file.new" "$file"
    fi
}

provide() { # NAME SERVICE:USER...
    name=$1
    shift
    if [ ! -s "/secrets/all/$name" ]; then
        head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n' >"/secrets/all/$name.new"
        mv "/secrets/all/$name.new" "/secrets/all/$name"
        echo "Created $name."
    fi
    for reader in "$@"; do copy "/secrets/all/$name" "$reader"; done
}

pass_on() { # FILE SERVICE:USER: a secret of the operator's own, if there is one
    if [ -s "$1" ]; then
        copy "$1" "$2"
    elif [ -e "/secrets/${2%:*}/${1##*/}" ]; then
        rm "/secrets/${2%:*}/${1##*/}"
    fi
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
pass_on /given/jwt_secret chat-ui:10001
