# Specs a process a file, where they are slow or might hang: for arch.sh.

# specs_by_file LABEL FOLDER SECONDS [again] [ARG...]: runs each file of specs in a process of its own, for that many seconds at
# most, and keeps in the folder what it prints and its tally. ARG: files, folders, or busted's options. 'again' runs those files
# alone that did not pass, or never ran; the counts are always those of all files that were asked for.
specs_by_file() (
  label=$1
  folder=$2
  limit=$3
  shift 3
  again=
  if [ "${1:-}" = again ]; then
    again=1
    shift
  fi
  options=
  places=
  for word; do
    case $word in -*) options="$options $word" ;; *) places="$places $word" ;; esac
  done
  mkdir -p "$folder"
  passed=0 failed=0 skipped=0 broken=
  # shellcheck disable=SC2086
  for file in $(find ${places:-spec} -name '*_spec.lua' | LC_ALL=C sort); do
    kept=$folder/$(echo "$file" | tr / %)
    if [ -z "$again" ] || [ "$(tail -n 1 "$kept.tally" 2>/dev/null)" != . ] || grep -q '^-' "$kept.tally"; then
      : >"$kept.tally"
      # shellcheck disable=SC2086
      PYSOCKET_TALLY=$kept.tally timeout -k 5 "$limit" "$lua" "$(command -v busted)" $options "$file" </dev/null >"$kept.log" 2>&1 || :
      [ "$(tail -n 1 "$kept.tally")" = . ] || echo "broke off: $(tail -n 1 "$kept.tally")" >>"$kept.log"
    fi
    ok=$(grep -c '^+' "$kept.tally") || :
    bad=$(grep -c '^-' "$kept.tally") || :
    left=$(grep -c '^?' "$kept.tally") || :
    [ "$(tail -n 1 "$kept.tally")" = . ] || bad=$((bad + 1))
    echo "$file: $ok passed, $bad failed, $left skipped"
    [ "$bad" = 0 ] || broken="$broken $kept.log"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
  done
  for log in $broken; do
    echo
    echo "$log"
    sed '/^[-+?]*$/d; /^skipped /d' "$log"
  done
  echo "$label$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ] && [ $((passed + skipped)) -gt 0 ]
)
