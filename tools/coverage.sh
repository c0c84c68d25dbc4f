# dev coverage [ssl]: what of Python's interface is missing here, and what is here but not documented; the same for ssl

need "$to_build libbluetooth-dev=bluetooth/bluetooth.h"
build "$root/build"
use "$root/build"
case ${1:-} in
  ssl) exec "$lua" tools/coverage_ssl.lua ;;
  *) exec "$lua" tools/coverage.lua "$@" ;;
esac
