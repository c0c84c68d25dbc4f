# it does not end by itself: the peer ends it
file=$(mktemp)
cat >"$file" <<END
global
  nbthread 1
defaults
  mode tcp
  option splice-auto
  timeout connect 60s
  timeout client 60s
  timeout server 60s
listen relay
  bind 127.0.0.1:$1
  server peer 127.0.0.2:$1
END
exec 9<"$file"
rm -f "$file"
exec haproxy -db -q -f /dev/fd/9
