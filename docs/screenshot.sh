#!/bin/sh
# Takes a picture of a page of the console, live data included:
#
#   docs/screenshot.sh http://localhost:8080/#/migrations/places-v2 docs/console.png
#
# Needs chromium (Debian: apt-get install chromium). The size is WIDTH,HEIGHT in $SIZE, and dark with DARK=1.
set -eu

if [ $# -ne 2 ]; then
  echo "Usage: $0 URL FILE.png" >&2
  exit 2
fi
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "$0: neither chromium nor google-chrome is installed." >&2
  exit 1
}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT

# The pages' event streams never end, so "when the network is idle" would be never. Virtual time passes all the same, and gives the
# streams' first events time to arrive and be drawn; not in a worker, where it does not pass.
timeout 60 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$profile" \
  --window-size="${SIZE:-1280,900}" ${DARK:+--force-dark-mode} --virtual-time-budget=5000 --disable-shared-workers --screenshot="$2" "$1" >"$profile/log" 2>&1 || {
  cat "$profile/log" >&2
  exit 1
}
[ -s "$2" ]
