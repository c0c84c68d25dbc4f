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

--- Calls a function for such a value. An error closes the socket at once: a coroutine that an error
-- ends closes nothing.
local function attempt(made, f, ...)
  local ok, err = pcall(f, ...)
  if ok then return end
  made:__close()
  error(err, 0)
end

return { NONE = NONE, attempt = attempt, read = read, undo = undo }
