-- Python's enumerations: the constants of a family by name, and their names by number.

local core = require "pysocket.core"

local Enum = core.class("pysocket.enum")

-- Returns the names with a prefix in alphabetical order. Of several names of one number, the first
-- becomes the name of the number.
local function names_of(prefix, module)
  local names = {}
  if module == core.module then core.constants(module) end
  for name in next, module do
    if name:sub(1, #prefix) == prefix then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- Fills the table at its first use, since few programs use it.
local function fill(self)
  local family = getmetatable(self)
  local module = family.module
  setmetatable(self, Enum)
  for _, name in ipairs(names_of(family.prefix, module)) do
    self[name] = module[name]
    self[module[name]] = self[module[name]] or name
  end
end

-- Returns the constants of a module whose names begin with the prefix.
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

--- Python's enumerations, as tables in both directions: `socket.AddressFamily[2]` is `"AF_INET"`,
-- and `socket.AddressFamily.AF_INET` is 2. Constants are plain integers.
-- @value table AddressFamily the constants `AF_*`: numbers by name, and names by number
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
