#!/bin/sh
# Runs a command several times at once, until SIGTERM or Ctrl-C: then the stdin of all of them ends,
# and it waits for them. For programs that cannot catch a signal but can read.
# sh examples/prefork.sh COPIES COMMAND...
set -eu

copies=$1
shift

# A pipe: 7 is to read from it, 9 to write. To open one end waits for the other, 8 is both.
folder=$(mktemp -d)
mkfifo "$folder/pipe"
exec 8<>"$folder/pipe" 7<"$folder/pipe" 9>"$folder/pipe" 8>&-
rm -r "$folder"

trap 'exec 9>&-' TERM INT
while [ "$copies" -gt 0 ]; do
  "$@" <&7 7<&- 9>&- &
  copies=$((copies - 1))
done
until wait; do :; done # a signal ends wait, too
