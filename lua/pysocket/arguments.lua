-- Argument checks that the functions of the Lua layer share.

local core = require "pysocket.core"

core.layer() -- a program may require the files that use this one without `pysocket`

local arguments = {}

--- Returns the class or the type of a value, for messages.
function arguments.type_name(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__name") or type(value)
end

--- Checks the `self` of a method.
-- @tparam string name the method's name
-- @param self
-- @tparam table class
-- @tparam string what the word for an object of the class, for the message
-- @return self
function arguments.self(name, self, class, what)
  if core.isinstance(self, class) then return self end
  core.argerror(0, name, what .. " expected, got " .. arguments.type_name(self))
end

local kinds <const> = { [0] = "a non-negative integer", [1] = "a positive integer" }

--- Checks an integer, which may be a float with an integral value.
-- @tparam integer arg the argument's number
-- @tparam string name the function's name
-- @tparam string what the argument's name
-- @param value
-- @tparam[opt] integer least the smallest value allowed, 0 or 1; nil: any
-- @treturn integer
function arguments.integer(arg, name, what, value, least)
  local number = math.type(value) and math.tointeger(value)
  if number and number >= (least or number) then return number end
  local got = math.type(value) and tostring(value) or arguments.type_name(value)
  local message = "%s must be %s, got %s"
  core.argerror(arg, name, message:format(what, kinds[least] or "an integer", got))
end

--- Checks a function or another value that can be called.
-- @tparam integer arg the argument's number
-- @tparam string name the function's name
-- @param value
function arguments.callable(arg, name, value)
  if type(value) == "function" then return end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__call then return end
  core.argerror(arg, name, "function expected, got " .. arguments.type_name(value))
end

--- An upper bound of the seconds that fit into 64 bits of nanoseconds.
arguments.LONGEST = 2.0 ^ 63 / 1e9

--- Checks a number of seconds; a negative one means that the time is over.
-- @tparam integer arg the argument's number
-- @tparam string name the function's name
-- @tparam string what the argument's name
-- @param value
function arguments.seconds(arg, name, what, value)
  if type(value) ~= "number" then
    core.argerror(arg, name, what .. " must be a number, got " .. arguments.type_name(value))
  elseif not (value < arguments.LONGEST) then
    core.argerror(arg, name, ("%s out of range, got %s"):format(what, value))
  end
end

local function relayed(name, places, ok, ...)
  if ok then return ... end
  local err = ...
  if type(err) == "string" then
    err = err:gsub("bad argument #(%d+) to '[%w_]+'", function(place)
      return ("bad argument #%s to '%s'"):format(places[tonumber(place)] or place, name)
    end, 1)
  end
  error(err, 0)
end

--- Calls a function with arguments of another function's caller: an argument error of the call
-- names the other function and the place of the argument there.
-- @tparam string name the other function's name
-- @tparam table places the place of an argument in the other function, by its place in `f`
-- @tparam function f
-- @param ... its arguments
-- @return the results of `f`
function arguments.relay(name, places, f, ...)
  return relayed(name, places, pcall(f, ...))
end

return arguments
