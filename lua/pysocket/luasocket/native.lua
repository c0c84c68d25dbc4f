-- The part of LuaSocket's interface in C: its objects, and some of its functions.

local core = require "pysocket.core"
core.layer()

return core.luasocket(require("pysocket.luasocket.names").by_name)
