-- Cleaning up after a failure, shared by the functions of the Lua layer.

local core = require "pysocket.core"

local Undo = core.class("pysocket.undo")

function Undo:__close()
  if self.socket then self.socket:close() end
end

--- Returns a value for a `<close>` variable, which closes the socket unless its field `socket` was
-- cleared.
-- @tparam socket socket
-- @treturn table
local function undo(socket)
  return setmetatable({ socket = socket }, Undo)
end

local function unless_failed(ok, ...)
  if not ok then error(..., 0) end
  return ...
end

--- Calls a function, and closes its `<close>` variables at once when it raises. Without this, an
-- error that ends a coroutine leaves the variables open.
-- @tparam function f
-- @param ... its arguments
-- @return the results of `f`
local function closing(f, ...)
  return unless_failed(pcall(f, ...))
end

return { closing = closing, undo = undo }
