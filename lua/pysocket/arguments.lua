-- What functions of the Lua layer share in checking their arguments.

local core = require "pysocket.core"

core.layer() -- here too: a program may require these files alone

local arguments = {}

--- What a value is, for messages: its class or its type.
function arguments.type_name(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__name") or type(value)
end

local MOST <const> = 8 -- elements of a table that a message shows

-- The key of an element that is not in the sequence, for a message.
local function describe_key(key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then return key end
  return "[" .. arguments.describe(key) .. "]"
end

-- What is in a table, as far as it is short; the tables in it are not looked into.
local function describe_table(t)
  local parts, count, length = {}, 0, rawlen(t)
  local function add(key, value)
    count = count + 1
    if count > MOST then return end
    local text = type(value) == "table" and "{...}" or arguments.describe(value)
    parts[count] = (key and key .. " = " or "") .. text
  end
  for i = 1, math.min(length, MOST) do add(nil, rawget(t, i)) end
  for key, value in next, t do
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then
      add(describe_key(key), value)
    end
  end
  if count > MOST or length > MOST then parts[#parts + 1] = "..." end
  return "{" .. table.concat(parts, ", ") .. "}"
end

--- What a value is, for messages that show it: a table with its contents, unless it has a text of
-- its own.
function arguments.describe(value)
  local meta = getmetatable(value)
  if type(value) == "string" then return ("'%s'"):format(value) end
  if type(value) ~= "table" or type(meta) == "table" and rawget(meta, "__tostring") then
    return tostring(value)
  end
  return describe_table(value)
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
