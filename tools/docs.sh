# dev docs: builds the manual, build/docs/index.html

need "lua5.4=lua cmark-gfm=cmark-gfm"
lua=$(find_lua)
exec "$lua" tools/manual.lua "$@"
