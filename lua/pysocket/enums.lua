-- Python's enumerations: the constants of a family by name, and their names by number.

local core = require "pysocket.core"

local Enum = core.class("pysocket.enum")

-- The names of a family in the order of the alphabet: the first of several for a number is its
-- own.
local function names_of(prefix)
  local names = {}
  for name in next, core.module do
    if name:sub(1, #prefix) == prefix then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- Made at the first look into it: few programs ask.
local function fill(self)
  local prefix = getmetatable(self).prefix
  setmetatable(self, Enum)
  for _, name in ipairs(names_of(prefix)) do
    self[name] = core[name]
    self[core[name]] = self[core[name]] or name
  end
end

local function enum(prefix)
  return setmetatable({}, {
    prefix = prefix,
    __index = function(self, key)
      fill(self)
      return self[key]
    end,
    __pairs = function(self)
      fill(self)
      return next, self
    end,
  })
end

--- Python's enumerations. A constant is a plain integer here; its name is found by it:
-- `socket.AddressFamily[2]` is `"AF_INET"`, and `socket.AddressFamily.AF_INET` is 2.
-- @value table AddressFamily the constants `AF_*`: by name, and their names by number
-- @value table SocketKind the constants `SOCK_*`
-- @value table MsgFlag the constants `MSG_*`
-- @value table AddressInfo the constants `AI_*`
return {
  AddressFamily = enum("AF_"),
  SocketKind = enum("SOCK_"),
  MsgFlag = enum("MSG_"),
  AddressInfo = enum("AI_"),
}
