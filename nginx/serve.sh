#!/bin/sh
# Runs nginx, reports the address to open once chat-ui is ready, and lets open streams end before it stops.
set -eu
/usr/local/bin/check-settings.sh
. /usr/local/bin/variables.envsh

say() { printf '{"time":"%s","level":"INFO","service":"nginx","message":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%S+00:00)" "$1"; }

report_the_address() {
    until curl -fs -o /dev/null --max-time 5 http://chat-ui:8000/health/ready; do sleep 1; done
    port=:$NGINX_PUBLISHED_PORT
    say "Parley is ready: http://localhost${port%:80}"
}

# nginx goes on accepting requests meanwhile: stopped gracefully, it would refuse them for as long as one stream lasts.
drain() {
    waited=0
    while [ "$waited" -lt "$NGINX_DRAIN_SECONDS" ] && [ "$(requests)" -gt 0 ]; do
        sleep 1
        waited=$((waited + 1))
    done
}
requests() { # in progress, without the one that asks
    curl -s --max-time 1 http://127.0.0.1:8081/ | sed -n 's/.*Writing: \([0-9]*\).*/\1/p' | { read -r count && echo $((count - 1)) || echo 0; }
}
stop() {
    trap '' TERM QUIT INT
    drain
    kill -QUIT "$nginx"
    sleep 1
    kill -TERM "$nginx" 2>/dev/null || true
}

/docker-entrypoint.sh nginx -g 'daemon off;' &
nginx=$!
trap stop TERM QUIT INT
trap 'kill -HUP "$nginx"' HUP
report_the_address &
while kill -0 "$nginx" 2>/dev/null; do
    wait "$nginx" && status=0 || status=$?
done
exit "$status"
