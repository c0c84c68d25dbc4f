# dev cover: which lines of C and of Lua the specs run; [SPEC...]

need "$to_test gcovr=gcovr"

place=$root/build/cover
CC=gcc build "$place" -Db_coverage=true -Doptimization=0
find "$place" -name '*.gcda' -delete
rm -rf "$place/lines"
mkdir -p "$place/lines"
use "$place"

# The hook is in every Lua that the specs start. Where Ctrl-C sets a hook of its own, it would be in the way.
export PYSOCKET_COVER="$place/lines" "LUA_INIT_$suffix=@$root/tools/cover.lua"
specs "covered: " --filter-out="Ctrl%-C" "$@" || true
unset "LUA_INIT_$suffix"
[ $# -gt 0 ] || specs "covered without Lua's lines: " --filter="Ctrl%-C" || true

gcovr --root "$root" --filter src/ --exclude-unreachable-branches "$place/pysocket" --txt "$place/c.txt" --print-summary |
  sed -n 's/^lines: /C lines: /p'
sed -n '/^src/p; /^ \{20\}/p' "$place/c.txt"
"$lua" tools/cover.lua report "$root/lua" "$place/lines"
