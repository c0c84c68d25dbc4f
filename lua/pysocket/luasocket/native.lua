-- The C half of LuaSocket's interface: what makes its objects, and its functions in C.

local core = require "pysocket.core"
core.layer()

return core.luasocket(require("pysocket.luasocket.names").by_name)
