# dev coverage [ssl|windows]: what of Python's interface is missing here, and what is here but not documented

need "$to_build libbluetooth-dev=bluetooth/bluetooth.h"
build "$root/build"
use "$root/build"
case ${1:-} in
  ssl) exec "$lua" tools/coverage_ssl.lua ;;
  windows)
    absent=$("$root/dev" windows run tools/absent.lua)
    echo "$absent" | "$lua" tools/coverage_windows.lua ;;
  *) exec "$lua" tools/coverage.lua "$@" ;;
esac
