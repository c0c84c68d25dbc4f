# dev counts: instructions and system calls of one operation, against bench/counts.tsv; [WORKLOAD...] [all] [keep]

need "$to_build valgrind=valgrind strace=strace"
. "$root/bench/build.sh"
"$lua" bench/counts.lua "$@"
