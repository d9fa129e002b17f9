# Which addresses and networks are this machine's own, from what Linux says in /proc/net: `route`, `fib_trie`, `if_inet6`.
# Prints `main4 A`, `main6 A` (the ones that packets to the world leave from) and `network FIRST-LAST` for each network.
# Plain awk: mawk and busybox have neither hexadecimal numbers nor bit operations.

function hex(text,   i, value) {
  for (i = 1; i <= length(text); i++) value = value * 16 + index("123456789abcdef", tolower(substr(text, i, 1)))
  return value + 0
}
# /proc/net/route has the bytes of an address backwards.
function backwards(text) {
  return ((hex(substr(text, 7, 2)) * 256 + hex(substr(text, 5, 2))) * 256 + hex(substr(text, 3, 2))) * 256 + hex(substr(text, 1, 2))
}
function number(dotted,   part) {
  split(dotted, part, ".")
  return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
}
function dotted(value) {
  return int(value / 16777216) "." int(value / 65536) % 256 "." int(value / 256) % 256 "." value % 256
}
function groups(digits,   i, text) {
  for (i = 1; i <= 32; i += 4) text = text (i > 1 ? ":" : "") substr(digits, i, 4)
  return text
}
# The first (fill 0) or last (fill 15) address of an IPv6 network.
function edge(digits, bits, fill,   i, free, step, digit, text) {
  for (i = 1; i <= 32; i++) {
    digit = hex(substr(digits, i, 1))
    free = i * 4 - bits
    if (free > 4) free = 4
    if (free > 0) {
      step = 2 ^ free
      digit = int(digit / step) * step + (fill ? step - 1 : 0)
    }
    text = text substr("0123456789abcdef", digit + 1, 1)
  }
  return groups(text)
}

FILENAME ~ /route$/ && FNR > 1 && $3 == "00000000" && hex($8) > 0 {
  networks++
  device[networks] = $1
  first[networks] = backwards($2)
  last[networks] = first[networks] + 4294967295 - backwards($8)
}
FILENAME ~ /route$/ && FNR > 1 && $2 == "00000000" && hex($8) == 0 && (way == "" || $7 < metric) {
  way = $1
  metric = $7
}

FILENAME ~ /fib_trie$/ && $1 == "|--" { leaf = $2 }
FILENAME ~ /fib_trie$/ && /host LOCAL/ && leaf !~ /^127\./ && !(leaf in seen) {
  seen[leaf] = 1
  own[++owns] = leaf
}

# Scope 00 is global; fc00::/7 is too, by that measure.
FILENAME ~ /if_inet6$/ && $4 == "00" && $1 !~ /^f[cd]/ {
  print "network " edge($1, hex($3), 0) "-" edge($1, hex($3), 15)
  # Temporary (flag 01) ones come and go, deprecated (20) ones are about to.
  if (main6 == "" && hex(substr($5, 2, 1)) % 2 == 0 && int(hex(substr($5, 1, 1)) / 2) % 2 == 0)
    main6 = groups($1)
}

END {
  for (n = 1; n <= networks; n++) print "network " dotted(first[n]) "-" dotted(last[n])
  for (o = 1; o <= owns; o++) {
    print "network " own[o] "-" own[o]
    home = ""
    for (n = 1; n <= networks; n++)
      if (number(own[o]) >= first[n] && number(own[o]) <= last[n]) home = device[n]
    # In the network of the way out; else in none at all (a provider's single address); else in some other.
    rank = home != "" && home == way ? 1 : home == "" ? 2 : 3
    if (best == "" || rank < bestRank) {
      best = own[o]
      bestRank = rank
    }
  }
  if (best != "") print "main4 " best
  if (main6 != "") print "main6 " main6
}
