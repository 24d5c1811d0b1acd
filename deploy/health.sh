#!/bin/bash
# health.sh PORT PATH [SECONDS]: the health check of every service that speaks HTTP. It starts no interpreter but bash.
#
# Docker asks again a second after each answer. Once the service is healthy, a check therefore rests for SECONDS first:
# that is `start_interval`, which Docker knows only since version 25. Two findings end the service, and Docker's restart
# policy starts it again:
# - a secret has changed since the start (SIGTERM);
# - the service accepts connections and answers none of three: it is frozen (SIGKILL).
# Process 1 is Docker's init, so that both signals reach the service.
port=$1 path=$2 seconds=${3:-60}
started=/tmp/health-started healthy=/tmp/health-ok
[[ -e $started ]] || : >"$started"

changed() { [[ /run/secrets -nt $started ]]; }

rest() { # in steps without a new process each, so that a changed secret counts at once
    coproc sleep "$seconds"
    while kill -0 "$COPROC_PID" 2>/dev/null && ! changed; do
        read -rt 2 -u "${COPROC[0]}" _ || (($? > 128)) || break
    done
    kill "$COPROC_PID"
} 2>/dev/null

status() {
    # shellcheck disable=SC2016  # bash -c has its own arguments
    timeout 10 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$1" >&3 &&
        read -r _ status _ <&3 && echo "$status"' "$port" "$path" 2>/dev/null
}

[[ -e $healthy ]] && rest
if changed; then
    echo "A secret has changed: the service ends, and Docker starts it again." >/proc/1/fd/2
    rm -f "$started" "$healthy"
    kill -TERM -1
    exit 1
fi
for _ in 1 2 3; do
    answer=$(status)
    result=$?
    ((result == 124)) || break
done
if ((result == 124)); then
    echo "No answer to three requests: the service is killed, and Docker starts it again." >/proc/1/fd/2
    kill -KILL -1
    exit 1
fi
if [[ $answer != 200 ]]; then
    rm -f "$healthy"
    echo "${answer:-no answer}"
    exit 1
fi
: >"$healthy"
