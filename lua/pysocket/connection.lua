-- Connecting to a host by name: the addresses of the host race (RFC 8305), under one deadline.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"

local DELAY <const> = 0.25 -- RFC 8305, section 5: Connection Attempt Delay

local PARAMETERS <const> =
  "address{} timeout= source_address{}= all_errors= happy_eyeballs_delay= ssl= server_hostname="

-- Returns the error object of an errno without raising it.
local function error_of(code, address)
  return select(2, pcall(core.raise_errno, code, "connect", address))
end

local function timed_out(address)
  local fields = { strerror = "timed out", call = "connect", address = address }
  return select(2, pcall(core.raise, "TimeoutError", fields))
end

-- Adds an error for the addresses that were not tried before the deadline. It names the host; it is
-- not needed where the last address timed out.
local function give_up(host, errors)
  if core.isinstance(errors[#errors], core.timeout) then return end
  errors[#errors + 1] = timed_out(host)
end

-- Puts families in turn, beginning with the family of the first address (RFC 8305, section 4).
local function interleave(infos)
  local first, rest = {}, {}
  for _, info in ipairs(infos) do
    table.insert(info.family == infos[1].family and first or rest, info)
  end
  local order = {}
  for i = 1, math.max(#first, #rest) do
    order[#order + 1] = first[i]
    order[#order + 1] = rest[i]
  end
  return order
end

-- Opens a socket for an address and binds it; closes the socket when bind fails.
local function open(info, source_address)
  local s = core.socket(info.family, info.type, info.proto)
  local made <close> = cleanup.undo(s)
  if source_address then s:bind(source_address) end
  made.socket = nil
  return s
end

-- Returns whether TCP has connected a socket to itself: where nothing listens on a local port, the
-- system may choose the same port for the client's end.
local function is_itself(s, address)
  local own = s:getsockname()
  return own.port == address.port and own == core.protect(s.getpeername)(s)
end

local function connect(s, address)
  s:connect(address)
  if is_itself(s, address) then core.raise_errno(core.errno.ECONNREFUSED, "connect", address) end
end

local function try(info, source_address, timeout)
  local s = open(info, source_address)
  local made <close> = cleanup.undo(s)
  s:settimeout(timeout)
  connect(s, info.sockaddr)
  made.socket = nil
  return s
end

local function try_in_order(host, infos, source_address, timeout, deadline, errors)
  for _, info in ipairs(infos) do
    local left = deadline and math.max(deadline - core.monotonic(), 0)
    if deadline and left == 0 and timeout > 0 then return give_up(host, errors) end
    local s, err = core.protect(try)(info, source_address, left)
    if s then return s end
    errors[#errors + 1] = err
  end
end

local Race = core.class("pysocket.race")

-- However the race ends (also by an interruption or a cancel), the sockets still connecting are
-- closed.
function Race:__close()
  for _, runner in pairs(self.running) do
    runner.socket:close()
  end
end

function Race:drop(fd, err)
  self.running[fd].socket:close()
  self.running[fd] = nil
  table.insert(self.errors, err)
end

-- Starts the next address for which a socket can be opened; returns the socket if it connected at
-- once.
function Race:start()
  while self.next <= #self.infos do
    local info = self.infos[self.next]
    self.next = self.next + 1
    local s, err = core.protect(open)(info, self.source_address)
    if s then
      self.running[core.filedescriptor(s)] = { socket = s, address = info.sockaddr }
      s:settimeout(0)
      local ok
      ok, err = core.protect(connect)(s, info.sockaddr)
      if ok then return s end
      if err.errno == core.errno.EINPROGRESS then return nil end
      self:drop(core.filedescriptor(s), err)
    else
      table.insert(self.errors, err)
    end
  end
end

-- Waits for an event of the sockets that are connecting; returns the first connected socket, or
-- nil.
function Race:wait(seconds)
  local fds = {}
  for fd in pairs(self.running) do
    table.insert(fds, fd)
    table.insert(fds, core.POLLOUT)
  end
  local ready = core.poll(fds, seconds)
  for i = 1, #ready, 2 do
    local fd = ready[i]
    local runner = self.running[fd]
    local code = runner.socket:getsockopt(core.SOL_SOCKET, core.SO_ERROR)
    if code == 0 and is_itself(runner.socket, runner.address) then
      code = core.errno.ECONNREFUSED
    end
    if code == 0 then return runner.socket end
    self:drop(fd, error_of(code, runner.address))
    self.due = 0 -- after a failure the next address starts at once
  end
end

function Race:run(delay, deadline)
  while next(self.running) or self.next <= #self.infos do
    local now = core.monotonic()
    if deadline and now >= deadline then break end
    local winner
    if self.next <= #self.infos and now >= self.due then
      winner = self:start()
      self.due = now + delay
    else
      local wake = self.next <= #self.infos and self.due or math.huge
      if deadline and deadline < wake then wake = deadline end
      winner = self:wait(wake < math.huge and wake - now or nil)
    end
    if winner then
      self.running[core.filedescriptor(winner)] = nil
      return winner
    end
  end
  for fd, runner in pairs(self.running) do
    self:drop(fd, timed_out(runner.address))
  end
  if self.next <= #self.infos then give_up(self.host, self.errors) end
end

local function race(host, infos, source_address, delay, deadline, errors)
  local r <close> = setmetatable({
    host = host,
    infos = interleave(infos),
    next = 1,
    due = 0,
    running = {}, -- by descriptor
    errors = errors,
    source_address = source_address,
  }, Race)
  return r:run(delay, deadline)
end

-- Reads the argument `timeout`: nil is the default timeout, false is no timeout.
local function read_timeout(timeout)
  if timeout == nil then return core.getdefaulttimeout() end
  if timeout == false then return nil end
  arguments.seconds(2, "create_connection", "timeout", timeout)
  if timeout >= 0 then return timeout end
  core.argerror(2, "create_connection", "timeout out of range, got " .. timeout)
end

local function read_delay(delay)
  if delay == nil then return DELAY end
  if delay ~= false and (type(delay) ~= "number" or not (delay >= 0)) then
    local message = "happy_eyeballs_delay must be seconds or false, got %s"
    core.argerror(4, "create_connection", message:format(core.describe(delay)))
  end
  return delay
end

-- Returns the host and the port of an address, or false and nil for a value that is no table.
local function host_and_port(address)
  if type(address) ~= "table" then return false end
  local host, port = address[1], address[2]
  if host == nil then host = address.host end
  if port == nil then port = address.port end
  return host, math.type(port) and math.tointeger(port) or port
end

local function refuse_address(arg, what, address)
  local message = "%s, got %s"
  core.argerror(arg, "create_connection", message:format(what, core.describe(address)))
end

-- Checks the address; returns the host (nil: this machine) and the port, a number or a string.
local function check_address(address)
  local host, port = host_and_port(address)
  local is_host = host == nil or type(host) == "string"
  if is_host and (type(port) == "string" or math.type(port) == "integer") then return host, port end
  refuse_address(1, "address must be {host, port}, the port a number or a service", address)
end

local function check_source_address(address)
  local host, port = host_and_port(address)
  if type(host) == "string" and math.type(port) == "integer" then return end
  refuse_address(3, "source_address must be {host, port}, the port a number", address)
end

-- Makes the TLS connection on a socket; the handshake has the rest of the time.
local function secure(s, context, server_hostname, deadline)
  local made <close> = cleanup.undo(s)
  s:settimeout(deadline and math.max(deadline - core.monotonic(), 1e-6))
  local secured = context:wrap_socket(s, { server_hostname = server_hostname })
  made.socket = nil
  return secured
end

--- Connects to a host. The addresses of the host race: the first connection wins, and the other
-- sockets are closed.
-- @function create_connection
-- @async
-- @tparam table address `{host, port}`; without a host, this machine; the port may be the name of a
-- service
-- @tparam[opt] number|false timeout seconds for the whole call, name lookup included; nil: the
-- default timeout, false: no limit. It becomes the timeout of the socket
-- @tparam[opt] table source_address `{host, port}` to bind to first; the port is a number
-- @tparam[opt] table options the two above by name; `all_errors` (raise an `ExceptionGroup` of all
-- failures instead of the last one), `happy_eyeballs_delay` (seconds between the starts of two
-- attempts, 0.25; false: one address after the other), `ssl` (an `SSLContext`: the connection uses
-- TLS, and the timeout covers the handshake, too), `server_hostname` (the name that the peer's
-- certificate has to be for, if it is not the host's)
-- @treturn socket an `SSLSocket` if `ssl` is given
-- @raise OSError, gaierror, timeout; ExceptionGroup with `all_errors`
-- @see Python's socket.create_connection; RFC 8305
local function create_connection(...)
  local address, timeout, source_address, all_errors, delay, context, server_hostname =
    core.arguments("create_connection", 3, PARAMETERS, ...)
  local host, port = check_address(address)
  if source_address ~= nil then check_source_address(source_address) end
  timeout, delay = read_timeout(timeout), read_delay(delay)
  local deadline = timeout and core.monotonic() + timeout
  local infos = core.getaddrinfo(host, port, {
    type = core.SOCK_STREAM,
    timeout = timeout and timeout > 0 and timeout or nil,
  })
  local errors = {}
  local s
  if delay and #infos > 1 and timeout ~= 0 then
    s = cleanup.closing(race, host, infos, source_address, delay, deadline, errors)
  else
    s = try_in_order(host, infos, source_address, timeout, deadline, errors)
  end
  if s and context then
    s = cleanup.closing(secure, s, context, server_hostname or host, deadline)
  end
  if s then
    s:settimeout(timeout)
    return s
  end
  if all_errors then
    core.raise("ExceptionGroup", { strerror = "create_connection failed", exceptions = errors })
  end
  if #errors == 0 then
    local text = "getaddrinfo returns an empty list"
    core.raise("OSError", { strerror = text, call = "create_connection" })
  end
  error(errors[#errors], 0)
end

return { create_connection = create_connection }
