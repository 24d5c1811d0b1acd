#!/bin/sh
# Runs llama.cpp's server with the arguments that the `model` service wrote, one per line (lm_api/flags.py), and
# restarts it when they change: another model was chosen, or the requested one has finished downloading.
set -eu
arguments=${MODELS_DIR:-/models}/current/arguments
started=${TMPDIR:-/tmp}/started
program=${LLAMA_SERVER:-/app/llama-server}

until [ -r "$arguments" ]; do
    echo "Waiting for the model service to write $arguments."
    sleep 2
done
touch -r "$arguments" "$started" # before it is read: a version that is written meanwhile is newer
set --
while IFS= read -r argument; do set -- "$@" "$argument"; done <"$arguments"
echo "llama-server $*"
"$program" "$@" &
server=$!
trap 'kill "$server"; wait "$server" || true; exit 0' TERM INT

while kill -0 "$server" 2>/dev/null; do
    if [ "$arguments" -nt "$started" ]; then
        kill "$server"
        wait "$server" || true
        exec "$0"
    fi
    sleep 2 &
    wait $! # a signal interrupts wait, but not a sleep in the foreground
done
wait "$server"
