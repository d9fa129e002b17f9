#!/bin/sh
# Puts what was pulled to work without anybody noticing: new servers start beside the old ones, and only when they are
# ready do the old ones move their people over and end. Also after a new secret (see README.md).
set -eu
cd "$(dirname "$0")/.."

old=$(docker compose ps -q server)
count=$(printf '%s' "$old" | grep -c .) || { echo 'maru: nothing runs here yet; start it with: docker compose up -d' >&2 && exit 1; }

docker compose build
docker compose up -d --wait --no-deps --no-recreate --scale "server=$((count * 2))" server
for container in $old; do
	# Each gets its stop_grace_period to move its people.
	docker stop "$container" >/dev/null
	docker rm "$container" >/dev/null
done
# The other services, where their part has changed.
docker compose up -d --scale "server=$count"
