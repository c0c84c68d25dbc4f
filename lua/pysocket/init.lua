-- The module `pysocket`: the functions and constants of the core, and those of the Lua layer. The
-- files of the Lua layer are loaded on first use; loading all of them takes six times as long as
-- the rest.

local core = require "pysocket.core"

local socket = core.module
local meta <const> = getmetatable(socket)
if meta.__pairs then return socket end -- open already: the same classes
core.layer()

-- Returns a `require` for the files of this folder. It keeps the search path and the globals of
-- this moment for them, because a sandbox may have changed both by the time of the call.
local function loader(folder)
  local assert, loadfile, open, require = assert, loadfile, io.open, require
  local loaded, environment = package.loaded, {}
  for name, value in pairs(_ENV) do environment[name] = value end

  function environment.require(name)
    if name == "pysocket.core" then return core end
    local file = not loaded[name] and name:match("^pysocket%.(.*)")
    if not file then return require(name) end
    local path = folder .. file:gsub("%.", "/") .. ".lua"
    local readable, _, errno = open(path)
    if not readable and errno == core.errnos().ENOENT then return require(name) end -- in an archive
    if not readable then core.raise_errno(errno, "open", nil, path) end
    readable:close()
    loaded[name] = assert(loadfile(path, "t", environment))(name)
    return loaded[name]
  end

  return environment.require
end

-- A program that contains the library, and a bundle of files, have no folder.
local folder = select(2, ...)
folder = folder and folder:match("^(.*/)init%.lua$")
local load_file <const> = folder and io and loader(folder) or require

-- The file of each name that is loaded on first use.
local later <const> = {
  AddressFamily = "pysocket.enums",
  AddressInfo = "pysocket.enums",
  MsgFlag = "pysocket.enums",
  SocketIO = "pysocket.file",
  SocketKind = "pysocket.enums",
  create_connection = "pysocket.connection",
  create_server = "pysocket.server",
  errno = "pysocket.core",
  getfqdn = "pysocket.names",
  has_dualstack_ipv6 = "pysocket.server",
  recv_fds = "pysocket.fds",
  relay = "pysocket.relay",
  send_fds = "pysocket.fds",
}

local constant <const> = meta.__index

function meta.__index(self, name)
  local file = later[name]
  if not file then return constant(self, name) end
  local value = name == "errno" and core.errnos() or load_file(file)[name]
  self[name] = value
  return value
end

local next <const> = next

function meta.__pairs(self)
  core.constants(self)
  for name in next, later do
    local _ = self[name]
  end
  return next, self
end

local function method(file, name)
  local f
  return function(...)
    f = f or load_file(file)[name]
    return f(...)
  end
end

core.socket.makefile = method("pysocket.file", "makefile")
core.socket.sendfile = method("pysocket.sendfile", "sendfile")

return socket
