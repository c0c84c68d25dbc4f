# dev types: writes the definitions for editors, types/*.d.lua

need "lua5.4=lua"
lua=$(find_lua)
exec "$lua" tools/types.lua "$@"
