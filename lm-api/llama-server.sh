#!/bin/sh
# Runs llama.cpp's server with the arguments that the `model` service wrote down, one a line (lm_api/flags.py), and
# starts it anew when that service wrote others: another model was chosen, or the wanted one could be had at last.
set -eu
arguments=${MODELS_DIR:-/models}/current/arguments
started=/tmp/started

until [ -r "$arguments" ]; do
    echo "Waiting for the model service to write $arguments."
    sleep 2
done
touch "$started"
set --
while IFS= read -r argument; do set -- "$@" "$argument"; done <"$arguments"
echo "llama-server $*"
/app/llama-server "$@" &
server=$!
trap 'kill "$server"; wait "$server" || true; exit 0' TERM INT

while kill -0 "$server" 2>/dev/null; do
    if [ "$arguments" -nt "$started" ]; then
        kill "$server"
        wait "$server" || true
        exec "$0"
    fi
    sleep 2 &
    wait $! # unlike sleep itself, wait lets a signal through
done
wait "$server"
