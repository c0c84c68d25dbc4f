-- LuaSocket's module `socket`, for programs that are written for it: its objects are C
-- (src/luasocket/), here are the functions that put them together. Failures are results, nil and a
-- text. In tasks, and under a scheduler, its calls let others run.

local core = require "pysocket.core"
local cleanup = require "pysocket.cleanup"
local names = require "pysocket.luasocket.names"
local native = require "pysocket.luasocket.native"
local streams = require "pysocket.luasocket.streams"
local try = require "pysocket.luasocket.try"


local BACKLOG <const> = 32
local FAMILIES <const> = { unspec = native.tcp, inet = native.tcp4, inet6 = native.tcp6 }

-- LuaSocket's message for an argument that is no text; a number is one.
local function check_text(arg, name, value)
  if type(value) == "string" or type(value) == "number" then return end
  local got = value == nil and "no value" or type(value)
  core.argerror(arg, name, "string expected, got " .. got)
end

--- LuaSocket's functions and constants. What is not described here is as in LuaSocket's manual.
-- @value string _VERSION begins with `LuaSocket 3`
-- @value integer _SETSIZE how many objects `select` takes: as many as a process may have
-- @value integer _DATAGRAMSIZE bytes that `receive` of a datagram takes
-- @value integer _SOCKETINVALID the descriptor of an object without one
-- @value integer BLOCKSIZE bytes that a source gives at once
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
-- @tparam[opt] string locaddr an address to connect from
-- @tparam[opt] number|string locport
-- @tparam[opt="unspec"] string family `"inet"`, `"inet6"` or either
-- @treturn ?conn a client
-- @treturn ?string after nil a text
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

-- A server at one address.
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

--- A server at the first of a host's addresses that can be had.
-- @function bind
-- @tparam string address a name, an address, or `"*"` for every interface
-- @tparam number|string port 0 for any that is free
-- @tparam[opt=32] number backlog
-- @treturn ?conn a server
-- @treturn ?string after nil a text
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

--- An object of LuaSocket's. Its class is a field, `class`: `"tcp{master}"` as it is made,
-- `"tcp{client}"` once it connects or is accepted, `"tcp{server}"` once it listens.
-- @class conn

--- An object for datagrams: `"udp{unconnected}"`, or `"udp{connected}"` once it has a peer. It has
-- the methods of a `conn` that need no stream.
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

-- LuaSec's modules. They are loaded when a program asks for the first of them.
local SSL <const> = { "ssl", "ssl.config", "ssl.context", "ssl.core", "ssl.x509" }

--- Makes `require "socket"`, `"socket.core"` and `"socket.unix"` give this module, and
-- `require "ssl"` and those under it LuaSec's interface over this library's TLS.
-- @function install
-- @tparam[opt] table library Lua's `package`, where a host keeps it from this library
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
