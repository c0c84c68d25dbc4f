-- What the functions of the Lua layer share in reading options and in cleaning up after a failure.

local core = require "pysocket.core"

local NONE <const> = {} -- the default of an option that has none

--- The options given, completed by their defaults.
-- @tparam string name the function's, for messages
-- @tparam integer arg which argument the table is
-- @tparam ?table given
-- @tparam table defaults every option there is; `NONE` for nil
-- @treturn table
local function read(name, arg, given, defaults)
  if given ~= nil and type(given) ~= "table" then
    core.argerror(arg, name, "options must be a table, got " .. type(given))
  end
  local options = {}
  for key, value in pairs(defaults) do
    if value ~= NONE then options[key] = value end
  end
  for key, value in pairs(given or {}) do
    if defaults[key] == nil then
      core.argerror(arg, name, ("unknown option '%s'"):format(tostring(key)))
    end
    options[key] = value
  end
  return options
end

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

return { NONE = NONE, closing = closing, read = read, undo = undo }
