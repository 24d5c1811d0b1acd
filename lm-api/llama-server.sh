#!/bin/sh
# Runs llama.cpp's server with the arguments that the `model` service wrote, one per line (lm_api/flags.py), and
# restarts it when they change: another model was chosen, or the requested one has finished downloading. If the server
# ends at once again and again, the model service's fallback, the demo model, is served instead.
set -eu
current=${MODELS_DIR:-/models}/current
arguments=$current/arguments
started=${TMPDIR:-/tmp}/started
program=${LLAMA_SERVER:-/app/llama-server}
served_seconds=60 # a server that lived this long had started
attempts=3

# Reads a file of arguments and starts the server with them.
start() {
    set --
    while IFS= read -r argument; do set -- "$@" "$argument"; done <"$chosen"
    echo "llama-server $*"
    "$program" "$@" &
    server=$!
    began=$(date +%s)
}

# Returns when the server has ended, and starts all over when the arguments change.
watch() {
    while kill -0 "$server" 2>/dev/null; do
        if [ "$arguments" -nt "$started" ]; then
            kill "$server"
            wait "$server" || true
            exec "$0"
        fi
        sleep 2 &
        wait $! # a signal interrupts wait, but not a sleep in the foreground
    done
    status=0
    wait "$server" || status=$?
}

until [ -r "$arguments" ]; do
    echo "Waiting for the model service to write $arguments."
    sleep 2
done
touch -r "$arguments" "$started" # before it is read: a version that is written meanwhile is newer
trap 'kill "$server" 2>/dev/null; wait "$server" || true; exit 0' TERM INT

chosen=$arguments
failures=0
while :; do
    start
    watch
    if [ $(($(date +%s) - began)) -ge $served_seconds ]; then failures=0; fi
    failures=$((failures + 1))
    if [ "$chosen" != "$arguments" ] || [ ! -s "$current/fallback" ]; then exit "$status"; fi
    if [ $failures -ge $attempts ]; then
        echo "llama-server ended $failures times in a row with exit code $status, so the small demo model answers." \
            "Choose another model with MODEL and run docker compose up -d."
        chosen=$current/fallback
    fi
    sleep 1
done
