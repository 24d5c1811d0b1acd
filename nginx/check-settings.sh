#!/bin/sh
# Ends a start with one sentence if nginx is too old or a setting is invalid.
set -eu

refuse() { # NAME VALUE RULE DEFAULT
    echo "$1=$2 is invalid: it must be $3. Change it in .env, or remove it for the default, $4." >&2
    exit 1
}
whole_number() { # NAME VALUE LARGEST DEFAULT
    case $2 in
        '' | *[!0-9]* | ????????*) refuse "$1" "$2" "a whole number from 1 to $3" "$4" ;;
    esac
    if [ "$2" -lt 1 ] || [ "$2" -gt "$3" ]; then refuse "$1" "$2" "a whole number from 1 to $3" "$4"; fi
}

oldest=1.30.2
version=$(nginx -v 2>&1 | sed 's/.*nginx\/\([0-9.]*\).*/\1/')
if [ "$(printf '%s\n%s\n' "$oldest" "$version" | sort -V | head -n 1)" != "$oldest" ]; then
    echo "nginx $version is too old: Parley needs nginx $oldest or newer. Pull the image again: docker compose build --pull nginx." >&2
    exit 1
fi

whole_number PARLEY_RATE "$NGINX_RATE" 1000000 50
whole_number PARLEY_CONNECTIONS "$NGINX_CONNECTIONS" 65535 200
whole_number PARLEY_PORT "$NGINX_PUBLISHED_PORT" 65535 80

# nginx itself judges addresses best.
test=$(mktemp -d)
trap 'rm -r "$test"' EXIT
cat >"$test/nginx.conf" <<END
pid $test/pid;
events {}
http { set_real_ip_from $NGINX_TRUSTED; geo \$a { $NGINX_TRUSTED 1; } }
END
case $NGINX_TRUSTED in '' | *[!0-9a-fA-F.:/]*) bad=yes ;; *) bad= ;; esac
if [ -n "$bad" ] || ! nginx -t -q -e /dev/null -c "$test/nginx.conf" 2>/dev/null; then
    refuse PARLEY_TRUSTED_PROXY "$NGINX_TRUSTED" "an address or a network, such as 10.0.0.0/8" 127.0.0.1/32
fi
