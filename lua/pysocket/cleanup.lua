-- What the functions of the Lua layer share in cleaning up after a failure.

local core = require "pysocket.core"

local Undo = core.class("pysocket.undo")

function Undo:__close()
  if self.socket then self.socket:close() end
end

--- A value for a `<close>` variable that closes the socket, unless its field `socket` was cleared.
-- @tparam socket socket
-- @treturn table
local function undo(socket)
  return setmetatable({ socket = socket }, Undo)
end

local function unless_failed(ok, ...)
  if not ok then error(..., 0) end
  return ...
end

--- Calls a function, and sees to it that an error closes its `<close>` variables at once: where it
-- ends the coroutine, nothing else does.
-- @tparam function f
-- @param ... its arguments
-- @return what it returns
local function closing(f, ...)
  return unless_failed(pcall(f, ...))
end

return { closing = closing, undo = undo }
