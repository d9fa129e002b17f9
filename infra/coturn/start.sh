#!/bin/sh
# Runs coturn as Maru needs it: finds its addresses, refuses bad secrets, and keeps certificate and secrets current.
#
#   TURN_EXTERNAL_IP   the IPv4 address that the world reaches this machine by; found out where it can be
#   TURN_LISTEN_IP     listen (and relay) on this address only; unset: on all of this machine's
#   DOMAIN             realm, name of the certificate, and whose address the external one is, unless it is given
#   TURN_PORT 3478, TURN_TLS_PORT 5349, TURN_MIN_PORT 49152, TURN_MAX_PORT 51199
#   TURN_USER_QUOTA    connections by relay at a time for one person in one room: 120
#   TURN_TOTAL_QUOTA   for all together: 1200, or as many as there are ports
#   TURN_MAX_BPS       bytes a second for each, each way: 500000
#   TURN_BPS_CAPACITY  bytes a second that all together are promised: quota × TURN_MAX_BPS
#   TURN_CERT_FILE, TURN_KEY_FILE   unset: Caddy's for DOMAIN, under /caddy
#   TURN_WATCH_SECONDS how often certificate and secrets are looked at: 10
#
# /secrets/turn-secret is the secret, /secrets/turn-secret.previous one that is accepted as well while they rotate.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
secrets=${TURN_SECRETS_DIR:-/secrets}
run=/tmp/turn
domain=${DOMAIN:-localhost}
realm=$domain

say() { printf 'turn: %s\n' "$*"; }
refuse() {
  say "$*" >&2
  exit 1
}

# number NAME VALUE LEAST MOST
number() {
  case $2 in '' | *[!0-9]* | ??????????????*) refuse "$1 must be a number from $3 to $4, and \"$2\" is not" ;; esac
  [ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || refuse "$1 must be a number from $3 to $4, and $2 is not"
}

is_ipv4() {
  # grep looks at lines, and one good line is not enough.
  case $1 in *[!0-9.]* | *.) return 1 ;; esac
  printf '%s\n' "$1" | grep -Eq '^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\.|$)){4}$'
}

is_private() {
  case $1 in
  0.* | 10.* | 127.* | 169.254.* | 192.168.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) return 0 ;;
  100.6[4-9].* | 100.[7-9][0-9].* | 100.1[01][0-9].* | 100.12[0-7].*) return 0 ;;
  *) return 1 ;;
  esac
}

# Names that only mean something at home: nobody comes from outside.
is_local_name() {
  case $1 in
  localhost | *.localhost | *.local | *.lan | *.home | *.internal | *.home.arpa) return 0 ;;
  *.*) return 1 ;;
  *) return 0 ;;
  esac
}

# secret FILE: prints what it holds, or refuses.
secret() {
  [ -r "$1" ] || refuse "there is no secret in $1: let the stack make one, or: openssl rand -base64 32 > $1"
  text=$(cat "$1")
  mend="make a new one: openssl rand -base64 32 > $1"
  case $text in *[!A-Za-z0-9+/=_.~-]*) refuse "the secret in $1 must be one line of letters, digits and +/=_.~-; $mend" ;; esac
  [ "${#text}" -ge 24 ] || refuse "the secret in $1 is too short to keep anyone out (${#text} characters, 24 are the least); $mend"
  kinds=$(printf %s "$text" | fold -w 1 | sort -u | wc -l)
  if [ "$kinds" -lt 8 ] ||
    printf %s "$text" | grep -Eiq '(change|replace)[-_ ]?(me|this|it)|secret|password|passwort|example|default|static-auth'; then
    refuse "the secret in $1 is a well-known one, or could be guessed; $mend"
  fi
  printf %s "$text"
}

# --- What was asked for ---

case $domain in *[!A-Za-z0-9._:-]*) refuse "DOMAIN must be a host name or an address, and \"$domain\" is not" ;; esac
port=${TURN_PORT:-3478}
tls_port=${TURN_TLS_PORT:-5349}
min_port=${TURN_MIN_PORT:-49152}
max_port=${TURN_MAX_PORT:-51199}
number TURN_PORT "$port" 1 65535
number TURN_TLS_PORT "$tls_port" 1 65535
number TURN_MIN_PORT "$min_port" 1024 65535
number TURN_MAX_PORT "$max_port" "$min_port" 65535
ports=$((max_port - min_port + 1))
user_quota=${TURN_USER_QUOTA:-120}
total_quota=${TURN_TOTAL_QUOTA:-$((ports < 1200 ? ports : 1200))}
max_bps=${TURN_MAX_BPS:-500000}
number TURN_USER_QUOTA "$user_quota" 1 100000
number TURN_TOTAL_QUOTA "$total_quota" 1 100000
number TURN_MAX_BPS "$max_bps" 10000 1000000000
capacity=${TURN_BPS_CAPACITY:-$((total_quota * max_bps))}
number TURN_BPS_CAPACITY "$capacity" 10000 100000000000000
pause=${TURN_WATCH_SECONDS:-10}
number TURN_WATCH_SECONDS "$pause" 1 3600

# --- Where this machine is ---

addresses=$(awk -f "$here/addresses.awk" $(ls /proc/net/route /proc/net/fib_trie /proc/net/if_inet6 2>/dev/null))
own=${TURN_LISTEN_IP:-$(printf '%s\n' "$addresses" | sed -n 's/^main4 //p')}
own6=
[ -n "${TURN_LISTEN_IP:-}" ] || own6=$(printf '%s\n' "$addresses" | sed -n 's/^main6 //p')
[ -n "$own" ] || refuse 'this machine has no IPv4 address but the loopback one; give it one, or set TURN_LISTEN_IP'
is_ipv4 "$own" || refuse "TURN_LISTEN_IP must be one IPv4 address of this machine, and \"$own\" is not"

# Nobody outside is asked: neither a cloud's metadata service nor anyone's STUN server.
if [ -n "${TURN_EXTERNAL_IP:-}" ]; then
  external=$TURN_EXTERNAL_IP
  is_ipv4 "$external" || refuse "TURN_EXTERNAL_IP must be the IPv4 address that the world reaches this machine by, and \"$external\" is not"
  how='from TURN_EXTERNAL_IP'
elif ! is_private "$own"; then
  external=$own
  how="this machine's own"
else
  found=$(getent ahostsv4 "$domain" 2>/dev/null | awk '{ print $1; exit }') || found=
  if is_local_name "$domain" || [ "$found" = "$own" ] || { [ -n "$found" ] && is_private "$found" && [ "${found#127.}" = "$found" ]; }; then
    external=$own
    how="this machine's own, for people in the same network only"
  elif [ -n "$found" ] && ! is_private "$found"; then
    external=$found
    how="where $domain is"
  else
    refuse "set TURN_EXTERNAL_IP to the address that the world reaches this machine by: its own ($own) is a private one, and $domain has no public one yet"
  fi
fi

# --- The secrets and the certificate ---

current=$(secret "$secrets/turn-secret")
previous=
[ ! -e "$secrets/turn-secret.previous" ] || previous=$(secret "$secrets/turn-secret.previous")

mkdir -p "$run"
rm -f "$run/turndb" "$run/again"

# Prints the certificate's file; several authorities may have given one, and the newest is right.
certificate_file() {
  if [ -n "${TURN_CERT_FILE:-}" ]; then
    [ ! -r "$TURN_CERT_FILE" ] || printf '%s\n' "$TURN_CERT_FILE"
    return 0
  fi
  find /caddy -type f -path "*/certificates/*/$domain/$domain.crt" -exec ls -t {} + 2>/dev/null | head -n 1
}
key_file() {
  if [ -n "${TURN_CERT_FILE:-}" ]; then printf '%s\n' "${TURN_KEY_FILE:-}"; else printf '%s\n' "${1%.crt}.key"; fi
}
# Changes when certificate or key do; empty while they aren't both there.
certificate_mark() {
  crt=$(certificate_file)
  [ -n "$crt" ] || return 0
  key=$(key_file "$crt")
  [ -s "$crt" ] && [ -r "$crt" ] && [ -s "$key" ] && [ -r "$key" ] || return 0
  cat "$crt" "$key" | cksum
}
# Copies, so that coturn never sees half of a pair.
take_certificate() {
  crt=$(certificate_file)
  cat "$crt" >"$run/tls.crt"
  cat "$(key_file "$crt")" >"$run/tls.key"
}

# --- The configuration: in memory, and read by this user only ---

configure() {
  cat "$here/turnserver.conf"
  printf '%s\n' "pidfile=$run/turnserver.pid" "userdb=$run/turndb" "realm=$realm" \
    "listening-port=$port" "min-port=$min_port" "max-port=$max_port" "relay-ip=$own" "external-ip=$external/$own" \
    "user-quota=$user_quota" "total-quota=$total_quota" "max-bps=$max_bps" "bps-capacity=$capacity" \
    "static-auth-secret=$current"
  [ -z "$previous" ] || printf '%s\n' "static-auth-secret=$previous"
  [ -z "${TURN_LISTEN_IP:-}" ] || printf '%s\n' "listening-ip=$TURN_LISTEN_IP"
  # The machine's own networks are nobody's business; its relays may reach each other.
  printf '%s\n' "$addresses" | sed -n 's/^network /denied-peer-ip=/p'
  printf '%s\n' "allowed-peer-ip=$own"
  [ -z "$own6" ] || printf '%s\n' "relay-ip=$own6" "external-ip=$own6/$own6" "allowed-peer-ip=$own6"
  if [ -n "$1" ]; then
    printf '%s\n' "tls-listening-port=$tls_port" "cert=$run/tls.crt" "pkey=$run/tls.key"
  else
    printf '%s\n' no-tls
  fi
}

# --- Run, and watch ---

# Whoever is connected stays so: a renewed certificate is read on SIGUSR2, a new secret from coturn's own database.
watch() {
  serving=$1
  seen=
  known=" $current $previous "
  while sleep "$pause"; do
    for file in turn-secret turn-secret.previous; do
      [ -r "$secrets/$file" ] || continue
      fresh=$(secret "$secrets/$file") || continue
      case $known in *" $fresh "*) continue ;; esac
      turnadmin -s "$fresh" -r "$realm" -b "$run/turndb" >/dev/null 2>&1 || continue
      known="$known$fresh "
      say 'a new secret is accepted from now on'
    done
    mark=$(certificate_mark)
    # Certificate and key are written one after the other: taken once they have stayed the same for a while.
    if [ -n "$mark" ] && [ "$mark" != "$serving" ] && [ "$mark" = "$seen" ]; then
      take_certificate
      if [ -n "$serving" ]; then
        kill -USR2 "$server"
        say 'the renewed certificate is served from now on'
      else
        # Without one there is nothing that listens for TLS, and coturn opens ports at its start only.
        : >"$run/again"
        kill -TERM "$server"
      fi
      serving=$mark
    fi
    seen=$mark
  done
}

# coturn names in its refusals whom somebody asked for, often an address in their own home, and who they are.
without_people() {
  sed -u -E 's/(peer IP) [^ ]+/\1 …/; s/user <[^>]*>/user <…>/; s/[0-9a-f.:]+:[0-9]+ (remote|local)/… \1/g'
}

stopped=
server=
watcher=
stop() {
  stopped=yes
  [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || :
}
trap stop TERM INT

while [ -z "$stopped" ]; do
  serving=$(certificate_mark)
  [ -z "$serving" ] || take_certificate
  configure "$serving" >"$run/turnserver.conf"
  say "relays as $external ($how), UDP and TCP $port, $([ -n "$serving" ] && echo "TLS $tls_port" || echo "no TLS until there is a certificate for $domain"), ports $min_port-$max_port"
  rm -f "$run/log"
  mkfifo "$run/log"
  without_people <"$run/log" &
  (cd "$run" && exec turnserver -c "$run/turnserver.conf" >"$run/log" 2>&1) &
  server=$!
  watch "$serving" &
  watcher=$!
  code=0
  wait "$server" || code=$?
  # A signal ends the wait, not the server.
  while kill -0 "$server" 2>/dev/null; do wait "$server" || code=$?; done
  kill "$watcher" 2>/dev/null || :
  wait "$watcher" 2>/dev/null || :
  if [ -e "$run/again" ] && [ -z "$stopped" ]; then
    rm -f "$run/again"
    say "there is a certificate for $domain now: starting again with it"
    continue
  fi
  [ -n "$stopped" ] && exit 0
  exit "$code"
done
