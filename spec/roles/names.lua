-- Prints what the module has under each of the names that it is given.

local socket = require "pysocket"

for _, name in ipairs(arg) do print(name, socket[name]) end
