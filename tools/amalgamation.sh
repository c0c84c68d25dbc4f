# dev amalgamation: writes the library as one pair of files, pysocket.c and pysocket.h, for programs that copy sources; [FOLDER]

need "$to_build"
build "$place"
exec "$(find_lua)" tools/amalgamation.lua "$place/pysocket" "${1:-build/amalgamation}"
