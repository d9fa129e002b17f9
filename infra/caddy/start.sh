#!/bin/sh
# Runs Caddy for DOMAIN, or with `reload` has the running one read its Caddyfile again.
set -eu

export DOMAIN="${DOMAIN:-localhost}" HTTP_PORT="${HTTP_PORT:-80}" HTTPS_PORT="${HTTPS_PORT:-443}"
config=/etc/caddy/Caddyfile

case $DOMAIN in
*[!A-Za-z0-9.-]*)
	echo "maru: DOMAIN must be a host name or an IPv4 address, and \"$DOMAIN\" is not; for example DOMAIN=meet.example.org" >&2
	exit 1
	;;
# Nobody in the world vouches for addresses, nor for names that only a home or an office knows.
localhost | *.localhost | *.local | *.lan | *.home | *.home.arpa | *.internal | *.test) TLS=own-authority ;;
*[!0-9.]*.*) TLS=public-authority ;;
*) TLS=own-authority ;;
esac
ORIGIN=https://$DOMAIN
[ "$HTTPS_PORT" = 443 ] || ORIGIN=$ORIGIN:$HTTPS_PORT
# A name of coturn's own has no page, but gets its certificate here.
NAMES="https://$DOMAIN${TURN_DOMAIN:+, https://$TURN_DOMAIN}"
export TLS ORIGIN NAMES

if [ "${1:-}" = reload ]; then
	exec caddy reload --config "$config" --adapter caddyfile --address unix//tmp/caddy-admin.sock
fi
exec caddy run --config "$config" --adapter caddyfile
