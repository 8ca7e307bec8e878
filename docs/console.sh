#!/bin/sh
# Makes docs/console.png anew: runs the example, and takes a picture of its console while 10 % of the keys are live on the new path.
# Needs what docs/screenshot.sh needs, and curl.
set -eu
cd "$(dirname "$0")/.."

port=${PORT:-8099}
console=http://localhost:$port
log=$(mktemp)
mvn -q -Pdemo -DskipTests -Ddemo.port="$port" -Ddemo.seconds=10 package >"$log" 2>&1 &
demo=$!
# The example runs in a process of its own, which Maven does not end with itself.
trap 'kill "$demo" 2>/dev/null || true; pkill -f "[d]emo.port=$port" || true; rm -f "$log"' EXIT

until curl -sf "$console/api/v1/migrations/places-v2" | grep -q '"text":"LIVE 10 %, SHADOW 90 %"'; do
  kill -0 "$demo" || {
    cat "$log" >&2
    exit 1
  }
  sleep 0.2
done
sleep 6 # so that the charts show what it looks like
docs/screenshot.sh "$console/#/migrations/places-v2" docs/console.png
