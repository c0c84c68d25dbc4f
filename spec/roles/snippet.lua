-- Runs the file snippet.lua of a directory, under that name. Arguments: the directory.

local f <close> = assert(io.open(arg[1] .. "/snippet.lua"))
assert(load(f:read("a"), "@snippet.lua"))()
