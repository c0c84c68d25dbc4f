-- LuaSocket's module `socket`, for programs written for LuaSocket. The objects are in C
-- (src/luasocket/); this file contains the functions that create them. A failure returns nil and a
-- message. In tasks, and under a scheduler, the calls let other tasks run.

local core = require "pysocket.core"
local cleanup = require "pysocket.cleanup"
local names = require "pysocket.luasocket.names"
local native = require "pysocket.luasocket.native"
local streams = require "pysocket.luasocket.streams"
local try = require "pysocket.luasocket.try"


local BACKLOG <const> = 32
local FAMILIES <const> = { unspec = native.tcp, inet = native.tcp4, inet6 = native.tcp6 }

-- Raises LuaSocket's message for an argument that is neither a string nor a number.
local function check_text(arg, name, value)
  if type(value) == "string" or type(value) == "number" then return end
  local got = value == nil and "no value" or type(value)
  core.argerror(arg, name, "string expected, got " .. got)
end

--- LuaSocket's functions and constants. LuaSocket's manual describes those that are not listed
-- here.
-- @value string _VERSION begins with `LuaSocket 3`
-- @value integer _SETSIZE the maximum number of objects for `select`: no limit but that of the
-- process
-- @value integer _DATAGRAMSIZE the default size of `receive` for datagrams, in bytes
-- @value integer _SOCKETINVALID the descriptor of an object without one
-- @value integer BLOCKSIZE the number of bytes of each piece of a source
local socket = {
  _VERSION = "LuaSocket 3.0.0 (pysocket)",
  _SETSIZE = 0x7fffffff,
  _DATAGRAMSIZE = 8192,
  _SOCKETINVALID = -1,
  BLOCKSIZE = streams.BLOCKSIZE,
  choose = streams.choose,
  dns = names.dns,
  gettime = native.gettime,
  newtry = try.newtry,
  protect = try.protect,
  select = native.select,
  sink = streams.sink,
  sinkt = streams.sinkt,
  skip = native.skip,
  sleep = native.sleep,
  source = streams.source,
  sourcet = streams.sourcet,
  tcp = native.tcp,
  tcp4 = native.tcp4,
  tcp6 = native.tcp6,
  try = try.newtry(),
  udp = native.udp,
  udp4 = native.udp4,
  udp6 = native.udp6,
}

function socket.__unload() end

--- Connects to a host.
-- @function connect
-- @async
-- @tparam string address a name or an address
-- @tparam number|string port
-- @tparam[opt] string locaddr the local address
-- @tparam[opt] number|string locport the local port
-- @tparam[opt="unspec"] string family `"inet"`, `"inet6"` or either
-- @treturn ?conn a client
-- @treturn ?string the message, after nil
function socket.connect(address, port, locaddr, locport, family)
  check_text(1, "connect", address)
  check_text(2, "connect", port)
  local make = FAMILIES[family or "unspec"]
  if not make then
    core.argerror(5, "connect", ("invalid option '%s'"):format(tostring(family)))
  end
  local object, err = make()
  if not object then return nil, err end
  local made <close> = cleanup.undo(object)
  if locaddr then
    local bound, reason = object:bind(locaddr, locport or 0)
    if not bound then return nil, reason end
  end
  local connected, reason = object:connect(address, port)
  if not connected then return nil, reason end
  made.socket = nil
  return object
end

function socket.connect4(address, port, locaddr, locport)
  return socket.connect(address, port, locaddr, locport, "inet")
end

function socket.connect6(address, port, locaddr, locport)
  return socket.connect(address, port, locaddr, locport, "inet6")
end

-- Creates a server at one address.
local function serve(info, port, backlog)
  local object, err = (info.family == "inet6" and native.tcp6 or native.tcp4)()
  if not object then return nil, err end
  local made <close> = cleanup.undo(object)
  object:setoption("reuseaddr", true)
  local bound, reason = object:bind(info.addr, port)
  if not bound then return nil, reason end
  local listens, why = object:listen(backlog)
  if not listens then return nil, why end
  made.socket = nil
  return object
end

--- Creates a server at the first address of a host that can be bound.
-- @function bind
-- @tparam string address a name, an address, or `"*"` for every interface
-- @tparam number|string port 0: a free port
-- @tparam[opt=32] number backlog
-- @treturn ?conn a server
-- @treturn ?string the message, after nil
function socket.bind(address, port, backlog)
  local list, err = names.dns.getaddrinfo(address == "*" and "0.0.0.0" or address)
  if not list then return nil, err end
  local object
  for _, info in ipairs(list) do
    object, err = serve(info, port, backlog or BACKLOG)
    if object then return object end
  end
  return nil, err
end

--- A stream object. Its field `class` is `"tcp{master}"` after its creation, `"tcp{client}"` after
-- `connect` or `accept`, `"tcp{server}"` after `listen`.
-- @class conn

--- A datagram object. Its field `class` is `"udp{unconnected}"`, or `"udp{connected}"` after
-- `setpeername`. It has the methods of a `conn` that need no stream.
-- @class udp

local unix = { stream = native.stream, dgram = native.dgram }
unix.tcp, unix.udp = unix.stream, unix.dgram

-- LuaSocket's module `socket.unix`.
socket.unix = setmetatable(unix, {
  __call = function()
    return native.stream()
  end,
})
socket.core = socket

-- LuaSec's modules, which are loaded on first use.
local SSL <const> = { "ssl", "ssl.config", "ssl.context", "ssl.core", "ssl.x509" }

--- Makes `require "socket"`, `"socket.core"` and `"socket.unix"` return this module, and `require
-- "ssl"` and LuaSec's other names return LuaSec's interface over this library's TLS.
-- @function install
-- @tparam[opt] table library Lua's `package`, if the host hides it from this library
-- @treturn table the module
function socket.install(library)
  library = library or package
  local modules = { ["socket"] = socket, ["socket.core"] = socket, ["socket.unix"] = unix }
  for name, module in pairs(modules) do
    library.loaded[name] = module
    library.preload[name] = function()
      return module
    end
  end
  for _, name in ipairs(SSL) do
    library.loaded[name] = nil
    library.preload[name] = function()
      return require("pysocket.luasocket.ssl").modules[name]
    end
  end
  return socket
end

return socket
