-- What functions of the Lua layer share in checking their arguments.

local core = require "pysocket.core"

core.layer() -- here too: a program may require these files alone

local arguments = {}

--- What a value is, for messages: its class or its type.
function arguments.type_name(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__name") or type(value)
end

--- Checks what a method was called on.
-- @tparam string name the method's
-- @param self
-- @tparam table class
-- @tparam string what an object of that class is called
-- @return self
function arguments.self(name, self, class, what)
  if core.isinstance(self, class) then return self end
  core.argerror(0, name, what .. " expected, got " .. arguments.type_name(self))
end

local kinds <const> = { [0] = "a non-negative integer", [1] = "a positive integer" }

--- Checks an integer, which may be a float with an integral value.
-- @tparam integer arg which argument it is, and of which function
-- @tparam string name
-- @tparam string what its name
-- @param value
-- @tparam[opt] integer least 0 or 1: the smallest it may be
-- @treturn integer
function arguments.integer(arg, name, what, value, least)
  local number = math.type(value) and math.tointeger(value)
  if number and number >= (least or number) then return number end
  local got = math.type(value) and tostring(value) or arguments.type_name(value)
  local message = "%s must be %s, got %s"
  core.argerror(arg, name, message:format(what, kinds[least] or "an integer", got))
end

--- Checks a function, or what can be called like one.
-- @tparam integer arg
-- @tparam string name
-- @param value
function arguments.callable(arg, name, value)
  if type(value) == "function" then return end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__call then return end
  core.argerror(arg, name, "function expected, got " .. arguments.type_name(value))
end

--- Seconds that nanoseconds of 64 bits can hold are fewer than these.
arguments.LONGEST = 2.0 ^ 63 / 1e9

--- Checks a number of seconds; what is negative is over at once.
-- @tparam integer arg
-- @tparam string name
-- @tparam string what its name
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

--- Calls a function with arguments of another's caller: what it says of one of its own is said of
-- that function's.
-- @tparam string name the other function's
-- @tparam table places by the place of an argument here, its place there
-- @tparam function f
-- @param ... its arguments
-- @return what it returns
function arguments.relay(name, places, f, ...)
  return relayed(name, places, pcall(f, ...))
end

return arguments
