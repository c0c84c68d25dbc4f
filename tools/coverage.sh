# dev coverage: what of Python's interface is missing here, and what is here but not documented

need "$to_build libbluetooth-dev=bluetooth/bluetooth.h"
build "$root/build"
use "$root/build"
exec "$lua" tools/coverage.lua "$@"
