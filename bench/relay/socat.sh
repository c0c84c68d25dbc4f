exec socat -b 65536 "TCP-LISTEN:$1,bind=127.0.0.1,reuseaddr" "TCP:127.0.0.2:$1"
