-- Python's interface, spec/api.tsv, and which of its names the library has. For the tools that compare the two.

local socket = require "pysocket"

local interface = {}

-- Lua's names for the protocols of Python's objects.
local PROTOCOLS <const> = {
  __enter__ = "__close",
  __exit__ = "__close",
  __del__ = "__gc",
  __repr__ = "__tostring",
}

-- The names without a counterpart, since they concern Python itself, each with its reason.
interface.PYTHON_ONLY = {
  CAPI = "CPython's C interface: ours is src/pysocket.h",
  ["socket.__getstate__"] = "pickling: Lua has none",
  ["SocketIO.__init__"] = "a constructor: SocketIO is called",
  errorTab = "texts of Windows' errors: err.strerror has them",
}

-- Attributes of objects, for which an object has to be made.
local function has_attribute(class, name)
  local s <close> = socket.socket()
  if class == "socket" then return s[name] ~= nil or name == "timeout" end
  local file <close> = s:makefile("rb", 0)
  return file[name] ~= nil
end

local function has_method(class, name)
  if PROTOCOLS[name] then
    local s <close> = socket.socket()
    return getmetatable(s)[PROTOCOLS[name]] ~= nil
  end
  return socket[class][name] ~= nil
end

function interface.is_here(entry)
  local class, name = entry.name:match("^(.-)%.(.*)$")
  if entry.kind == "method" then return has_method(class, name) end
  if entry.kind == "attribute" then return has_attribute(class, name) end
  return socket[entry.name] ~= nil
end

local function is_of(platforms, system)
  return platforms:find(system, 1, true) ~= nil or platforms == "all"
end

-- All names, in order.
function interface.read()
  local list = {}
  for line in io.lines("spec/api.tsv") do
    local kind, name, signature, platforms = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)$")
    if kind ~= "kind" then
      list[#list + 1] = {
        kind = kind,
        name = name,
        signature = signature,
        platforms = platforms,
        linux = is_of(platforms, "linux"),
        windows = is_of(platforms, "windows"),
      }
    end
  end
  return list
end

return interface
