# dev check: lint, format, builds without warnings, an analyser, the specs under sanitizers, what operations cost

need "$to_test lua-check=luacheck clang=clang clang-format=clang-format valgrind=valgrind strace=strace"

failures=

# Runs a command as a step with that title.
step() {
  title=$1
  shift
  echo "== $title"
  if ! ("$@"); then
    echo "FAILED: $title"
    failures="$failures
  $title"
  fi
}

lint() {
  set --
  for folder in lua spec examples bench tools torture; do
    [ -z "$(find "$folder" -name '*.lua' 2>/dev/null)" ] || set -- "$@" "$folder"
  done
  luacheck --quiet --no-color "$@"
}

format() {
  find src spec examples bench tools torture -name '*.[ch]' -exec clang-format --dry-run --Werror {} +
}

# A build of its own with that compiler, whose warnings are errors.
strict() {
  CC=$1 build "$root/build/$1" -Dwerror=true
}

# The same with all that the compiler sees across files, and where a conversion may change a value.
optimized() {
  CC=$1 build "$root/build/$1-optimized" -Dwerror=true -Doptimization=3 -Db_lto=true -Dc_args=-Wconversion
}

# gcc's analyser, whose warnings are errors, too: what it guesses wrongly is said in the code in a way that it understands.
analyzed() {
  CC=gcc build "$root/build/analyzer" -Dwerror=true -Dc_args=-fanalyzer
}

# Everything that a sanitizer reports goes to a file, whichever process it was in.
sanitized() {
  place=$root/build/asan
  CC=gcc build "$place" -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
  gcc -shared -fPIC -o "$place/keep.so" tools/keep.c
  rm -f "$place"/report.*
  use "$place"
  export ASAN_OPTIONS="detect_leaks=1:log_path=$place/report"
  export LSAN_OPTIONS="print_suppressions=0:suppressions=$root/torture/lsan.supp"
  export UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:log_path=$place/report"
  preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so) $place/keep.so"
  status=0
  specs "sanitized: " || status=1
  for report in "$place"/report.*; do
    [ -f "$report" ] || continue
    cat "$report"
    status=1
  done
  return $status
}

# Which file calls which, of the core and of TLS, in the build with gcc.
floors() {
  "$(find_lua)" tools/floors.lua "$root/build/gcc/pysocket/core.so.p" &&
    "$(find_lua)" tools/floors.lua "$root/build/gcc/pysocket/_ssl.so.p"
}

# Which system this is only the system layer knows; and of epoll's bits only what is of epoll.
systems() {
  ! grep -rnE '__(linux|APPLE|FreeBSD|NetBSD|OpenBSD|DragonFly|ANDROID|GLIBC|CYGWIN|sun)__|\b_WIN32\b' src --include='*.[ch]' |
    grep -vE '^src/system(\.h|/)' &&
    ! grep -rnE '\b(EPOLL[A-Z]|epoll_[a-z])' src --include='*.[ch]' |
    grep -vE '^src/(system\.h|system/epoll\.c|system/posix\.c|epoll\.c|core\.h|module\.c):'
}

# Where to look for a second idea; not a failure.
sizes() {
  find src lua -name '*.[ch]' -o -name '*.lua' | sort | while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 350 ] || echo "note: $file has $lines lines (more than 350)"
  done
}

step "luacheck" lint
step "clang-format" format
step "gcc, warnings are errors" strict gcc
step "clang, warnings are errors" strict clang
step "gcc -O3 -flto -Wconversion, warnings are errors" optimized gcc
step "clang -O3 -flto -Wconversion, warnings are errors" optimized clang
step "gcc -fanalyzer" analyzed
step "the specs under ASan, UBSan and LSan" sanitized
step "instructions and system calls" "$root/dev" counts
step "no circle among the files of src" floors
step "names of systems" systems
step "file sizes" sizes

[ -z "$failures" ] || die "
check failed:$failures"
echo "
check: all is well"
