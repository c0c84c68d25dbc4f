-- Servers: a task that accepts connections, and a task for each connection.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"
local event = require "pysocket.loop.event"
local group = require "pysocket.loop.group"
local park = require "pysocket.loop.park"

local CancelledError <const>, NO_MEMORY <const> = park.CancelledError, park.NO_MEMORY
local join_stopped <const> = park.joiner("stop")
local monotonic <const> = core.monotonic
local tostring <const>, warn <const> = tostring, warn

local FIRST_PAUSE <const>, LONGEST_PAUSE <const> = 0.005, 1 -- seconds
local QUIET <const> = 60 -- seconds between two reports of a shortage

local HANDSHAKE <const> = 60 -- seconds, as in asyncio

local PARAMETERS <const> = "listener handler{} limit= lifetime= onerror= timeout= "
  .. "handshake_timeout="

local function set_of(names)
  local set = {}
  for _, name in ipairs(names) do set[name] = true end
  return set
end

-- Errors of accept during a shortage of descriptors or memory: a later attempt may succeed.
local SHORTAGES <const> = set_of({ "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM" })

-- Errors of accept about one lost connection: the next connection may be in the queue already.
local LOSSES <const> = set_of({
  "ECONNABORTED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ENONET",
  "ENOPROTOOPT",
  "EPROTO",
})

--- A server of a listening socket. `<close>` closes it.
-- @class server
-- @value server Server the class of servers
local Server = core.class("pysocket.loop.server")

-- Returns an error of a handler with its traceback.
local function describe(err)
  if core.isinstance(err, CancelledError) then return { err } end
  return { err, park.describe(err) }
end

local function report(self, err, text, address)
  local onerror = self.options.onerror
  if onerror then return onerror(err, address, text) end
  onerror = park.loop().onerror
  if onerror then return onerror(park.current(), err, text) end
  warn("pysocket: ", address and ("connection of %s: "):format(address) or "", text)
end

-- Performs the TLS handshake of a connection, under a timeout of its own.
local function shake_hands(conn, seconds)
  local timeout <const> = conn:gettimeout()
  conn:settimeout(seconds)
  conn:do_handshake()
  conn:settimeout(timeout)
end

local function handle(self, conn, address)
  local o = self.options
  if conn.do_handshake_on_connect then shake_hands(conn, o.handshake_timeout) end
  if o.timeout then conn:settimeout(o.timeout) end
  if not o.lifetime then return self.handler(conn, address) end
  return park.loop():timeout_after(o.lifetime, self.handler, conn, address)
end

-- The value that the tasks of a server close when they end. Tasks hold this value and not the
-- server itself, whose `<close>` method stops the server.
local Part = core.class("pysocket.loop.part")

function Part:__close()
  self.server.room:set()
end

local function attend(part, conn, address)
  local _ <close> = part
  local _ <close> = conn
  local ok, failure = xpcall(handle, describe, part.server, conn, address)
  if ok then return end
  if type(failure) ~= "table" then failure = { failure, tostring(failure) } end -- no memory
  if core.isinstance(failure[1], CancelledError) then error(failure[1], 0) end
  report(part.server, failure[1], failure[2], address)
end

local function is_shortage(err)
  return err == NO_MEMORY or core.isinstance(err, core.OSError) and SHORTAGES[err.name]
end

local wait <const> = core.protect(event.Event.wait)

local function wait_for_room(self, timeout)
  self.room:clear()
  wait(self.room, timeout)
end

-- Waits until a connection has ended, the server stops, or the time is over. Without memory to
-- wait, it gives the other tasks a turn.
local function wait_for_change(self, timeout)
  local ok, err = pcall(wait_for_room, self, timeout)
  if ok then return end
  if err ~= NO_MEMORY then error(err, 0) end
  park.loop():sleep(0)
end

-- Accepts a connection and starts its task; raises any error of both.
local function admit(self)
  local conn, address = self.listener:accept()
  local made <close> = cleanup.undo(conn)
  self.connections:spawn(attend, self.part, conn, address)
  made.socket = nil
end

-- Begins to stop the server, or shortens the time of a stop that has begun.
local function begin_stop(self, deadline)
  self.deadline = math.min(self.deadline or deadline, deadline)
  self.listener:close()
  self.room:set()
end

-- Handles an error of accept: raises it, or waits and returns the length of the next pause in
-- seconds.
local function recover(self, err, seconds)
  local is_ours = core.isinstance(err, core.OSError)
  if is_ours and not core.filedescriptor(self.listener) then
    begin_stop(self, math.huge)
  end
  if is_ours and (self.deadline or LOSSES[err.name]) then return seconds end
  if not is_shortage(err) then error(err, 0) end
  if is_ours and monotonic() >= self.quiet_until then
    self.quiet_until = monotonic() + QUIET
    report(self, err, tostring(err))
  end
  wait_for_change(self, seconds)
  return math.min(2 * seconds, LONGEST_PAUSE)
end

-- Accepts connections until the server stops.
local function accept_all(self)
  local seconds = FIRST_PAUSE
  while not self.deadline do
    if self.connections.count >= self.options.limit then
      wait_for_change(self)
    else
      local ok, err = pcall(admit, self)
      seconds = ok and FIRST_PAUSE or recover(self, err, seconds)
    end
  end
end

-- Accepts connections until the server stops, and waits until the connections have ended.
local function work(self)
  accept_all(self)
  while self.connections.count > 0 and monotonic() < self.deadline do
    local left = self.deadline - monotonic()
    wait_for_change(self, left < arguments.LONGEST and left or nil)
  end
end

-- Reports the error of a connection's task that had no memory. Without memory for the report, the
-- server goes on all the same.
local function report_lack(self, err)
  local ok, failure = pcall(report, self, err, err)
  if not ok and failure ~= NO_MEMORY then error(failure, 0) end
end

local function run(part, listener)
  local _ <close> = listener
  local self = part.server
  local connections <close> = group.new()
  self.connections = connections
  connections.onlack = function(err) return report_lack(self, err) end
  repeat
    local ok, err = pcall(work, self)
    if not ok and not group.is_lack(connections, err) then error(err, 0) end
  until ok
  connections:cancel()
end

-- Returns whether the caller runs in a task of the server.
local function is_own(self)
  local t = park.current()
  return t and (t == self.task or self.connections and group.has(self.connections, t))
end

--- Stops the server: closes the listener, waits until all connections have ended, and cancels the
-- remaining ones when the time is over. In a handler of the server, it returns at once, and the
-- server stops after the handler has returned.
-- @function server:stop
-- @tparam[opt] number timeout seconds; nil: no limit. A second call may shorten the time
-- @raise the error that ended the server, if it failed
function Server:stop(timeout)
  arguments.self("stop", self, Server, "server")
  if timeout ~= nil then arguments.seconds(1, "stop", "timeout", timeout) end
  begin_stop(self, timeout and monotonic() + timeout or math.huge)
  if not is_own(self) then join_stopped(self.task) end
end

--- Stops the server at once: cancels the connections, and waits until their tasks have ended.
-- @function server:close
function Server:close()
  arguments.self("close", self, Server, "server")
  begin_stop(self, monotonic())
  local err = not is_own(self) and group.await(park.shielded, self.task)
  if err then error(err, 0) end
end

Server.__close = Server.close

--- Waits until the server has stopped.
-- @function server:join
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit
-- @raise the error that ended the server, if it failed; timeout
function Server:join(timeout)
  arguments.self("join", self, Server, "server")
  if timeout ~= nil then arguments.seconds(1, "join", "timeout", timeout) end
  self.task:join(timeout)
end

function Server:__tostring()
  arguments.self("tostring", self, Server, "server")
  local count = self.connections and self.connections.count or 0
  return ("<server of %d connections, %s>"):format(count, self.task:status())
end

local function check_options(limit, lifetime, onerror, timeout, handshake_timeout)
  if limit == nil then limit = math.huge end
  if limit ~= math.huge then limit = arguments.integer(3, "serve", "limit", limit, 1) end
  if lifetime then arguments.seconds(3, "serve", "lifetime", lifetime) end
  if timeout then arguments.seconds(3, "serve", "timeout", timeout) end
  if onerror then arguments.callable(3, "serve", onerror) end
  if handshake_timeout == nil then handshake_timeout = HANDSHAKE end
  if handshake_timeout then
    arguments.seconds(3, "serve", "handshake_timeout", handshake_timeout)
  end
  return {
    limit = limit,
    lifetime = lifetime,
    onerror = onerror,
    timeout = timeout,
    handshake_timeout = handshake_timeout or nil,
  }
end

--- Serves a listening socket: accepts connections, and calls the handler for each in a task of its
-- own. The connection is closed when the handler returns or raises; an error of a handler does not
-- end the server. During a shortage of descriptors or memory (EMFILE, ENFILE, ENOBUFS, ENOMEM), the
-- server pauses until a connection has ended, at most for a second. A connection that the client
-- aborts before `accept` is skipped. The server closes the listener when it stops, and it stops
-- when other code closes the listener.
-- @function loop.serve
-- @tparam socket listener
-- @tparam async(connection:socket,address:address) handler
-- @tparam[opt] table options `limit` (the maximum number of connections; further ones wait in the
-- listener's queue), `timeout` (the timeout of each connection in seconds), `lifetime` (seconds for
-- each call of the handler, as by `timeout_after`), `handshake_timeout` (seconds for the TLS
-- handshake, which precedes the handler: 60; false: no limit), `onerror` (called with (error,
-- address, traceback) for an error of a handler or of a handshake, and without an address for a
-- shortage; an error of `onerror` ends the server. Without it, the loop's `onerror` is called, or
-- else `warn`)
-- @treturn server
-- @raise an error outside of a task
-- @usage loop.run(function()
--   loop.serve(socket.create_server({ "", 8080 }), handler):join()
-- end)
-- @see Python's asyncio.start_server
local function serve(...)
  local listener, handler, limit, lifetime, onerror, timeout, handshake_timeout =
    core.arguments("serve", 2, PARAMETERS, ...)
  if not core.isinstance(listener, core.socket) then
    core.argerror(1, "serve", "socket expected, got " .. arguments.type_name(listener))
  end
  arguments.callable(2, "serve", handler)
  local o = check_options(limit, lifetime, onerror, timeout, handshake_timeout)
  local loop = park.loop() or park.outside("'serve'", 2)
  local self = setmetatable({
    listener = listener,
    handler = handler,
    options = o,
    room = event.new(), -- set when a connection has ended or the server stops
    connections = false, -- the group
    quiet_until = -math.huge, -- the time before which no shortage is reported again
    deadline = false, -- the time until which connections may continue; false: the server runs
  }, Server)
  self.part = setmetatable({ server = self }, Part)
  listener:settimeout(nil)
  self.task = loop:spawn(run, self.part, listener)
  return self
end

return { serve = serve, Server = Server }
