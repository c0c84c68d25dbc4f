-- Python's enumerations: the constants of a family by name, and their names by number.

local core = require "pysocket.core"

local Enum = core.class("pysocket.enum")

-- The names of a family in the order of the alphabet: the first of several for a number is its
-- own.
local function names_of(prefix, module)
  local names = {}
  for name in next, module do
    if name:sub(1, #prefix) == prefix then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- Made at the first look into it: few programs ask.
local function fill(self)
  local family = getmetatable(self)
  local module = family.module
  setmetatable(self, Enum)
  for _, name in ipairs(names_of(family.prefix, module)) do
    self[name] = module[name]
    self[module[name]] = self[module[name]] or name
  end
end

-- The constants of a module whose names begin so.
local function enum(prefix, module)
  return setmetatable({}, {
    prefix = prefix,
    module = module,
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
  enum = enum,
  AddressFamily = enum("AF_", core.module),
  SocketKind = enum("SOCK_", core.module),
  MsgFlag = enum("MSG_", core.module),
  AddressInfo = enum("AI_", core.module),
}
