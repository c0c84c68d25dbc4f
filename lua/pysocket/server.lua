-- Creating listening sockets.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"

local PARAMETERS <const> = "address{} family= backlog= reuse_port= dualstack_ipv6= ssl="

--- Returns whether the system supports IPv6 sockets that serve IPv4, too.
-- @function has_dualstack_ipv6
-- @treturn boolean
-- @see Python's socket.has_dualstack_ipv6
local function has_dualstack_ipv6()
  if not core.has_ipv6 or not core.IPV6_V6ONLY then return false end
  local try = core.protect(function()
    local s <close> = core.socket(core.AF_INET6, core.SOCK_STREAM)
    s:setsockopt(core.IPPROTO_IPV6, core.IPV6_V6ONLY, 0)
  end)
  return try() ~= nil
end

-- Returns the text of an address, for a message.
local function describe(address)
  if type(address) ~= "table" then return tostring(address) end
  local host, port = address[1] or address.host, address[2] or address.port
  return type(host) == "string" and port and ("%s:%s"):format(host, port) or core.describe(address)
end

-- Binds; the error names the address.
local function bind(s, address)
  local ok, err = core.protect(s.bind)(s, address)
  if ok then return end
  local class = core.isinstance(err, core.gaierror) and "OSError" or getmetatable(err).__name
  local text = "%s (while attempting to bind on address %s)"
  core.raise(class, {
    errno = err.errno,
    name = err.name,
    strerror = text:format(err.strerror, err.address or describe(address)),
    call = "bind",
  })
end

-- Lets the socket take the port of an earlier listener whose connections have just ended. Windows
-- allows that anyway, and SO_REUSEADDR would let others take a port that is in use there: another
-- option keeps them out.
local function claim(s, inet)
  if not core.SO_EXCLUSIVEADDRUSE then
    core.protect(s.setsockopt)(s, core.SOL_SOCKET, core.SO_REUSEADDR, 1)
  elseif inet then
    s:setsockopt(core.SOL_SOCKET, core.SO_EXCLUSIVEADDRUSE, 1)
  end
end

local function open(address, family, backlog, reuse_port, dualstack_ipv6, context)
  local inet <const> = family == core.AF_INET or family == core.AF_INET6
  local s = arguments.relay("create_server", { 2 }, core.socket, family, core.SOCK_STREAM)
  local made <close> = cleanup.undo(s)
  claim(s, inet)
  if reuse_port and inet then s:setsockopt(core.SOL_SOCKET, core.SO_REUSEPORT, 1) end
  if family == core.AF_INET6 and core.IPV6_V6ONLY then
    s:setsockopt(core.IPPROTO_IPV6, core.IPV6_V6ONLY, dualstack_ipv6 and 0 or 1)
  end
  arguments.relay("create_server", { 1 }, bind, s, address)
  arguments.relay("create_server", { 2 }, s.listen, s, backlog)
  if context then s = context:wrap_socket(s, { server_side = true }) end
  made.socket = nil
  return s
end

--- Creates a listening socket. It sets `SO_REUSEADDR`, and on Windows, where that option would let
-- other sockets take the port, `SO_EXCLUSIVEADDRUSE` instead.
-- @function create_server
-- @tparam address address `{host, port}`, or another address of the family; the host `""` is every
-- interface, port 0 a free port
-- @tparam[opt] table options `family` (`AF_INET`), `backlog` (as for `listen`), `reuse_port`
-- (several sockets may listen on the port), `dualstack_ipv6` (an `AF_INET6` socket that serves
-- IPv4, too), `ssl` (an `SSLContext` with a certificate: accepted connections use TLS)
-- @treturn socket
-- @raise OSError, whose text contains the address if binding fails
-- @see Python's socket.create_server
local function create_server(...)
  local first, second = ...
  if type(first) == "string" and type(second) ~= "table" then -- no options: AF_INET
    local message = "address must be {host, port}, got "
    core.argerror(1, "create_server", message .. core.describe(first))
  end
  local address, family, backlog, reuse_port, dualstack_ipv6, context =
    core.arguments("create_server", 1, PARAMETERS, ...)
  if family == nil then family = core.AF_INET end
  if reuse_port and not core.SO_REUSEPORT then
    core.argerror(2, "create_server", "SO_REUSEPORT not supported on this platform")
  end
  if dualstack_ipv6 then
    if not has_dualstack_ipv6() then
      core.argerror(2, "create_server", "dualstack_ipv6 not supported on this platform")
    elseif family ~= core.AF_INET6 then
      core.argerror(2, "create_server", "dualstack_ipv6 requires AF_INET6 family")
    end
  end
  return cleanup.closing(open, address, family, backlog, reuse_port, dualstack_ipv6, context)
end

return { create_server = create_server, has_dualstack_ipv6 = has_dualstack_ipv6 }
