-- Python's `select`: waiting for many descriptors at once. `select` and `poll` use poll(2), which
-- has no limit of 1024 descriptors. In a task, all waits let the other tasks run.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local queues = core.kqueue_open and require "pysocket.kqueue" or {}

local LISTS <const> = { "rlist", "wlist", "xlist" }
local EVENTS <const> = { core.POLLIN, core.POLLOUT, core.POLLPRI } -- the events of each list
local ANY <const> = core.POLLIN | core.POLLPRI | core.POLLOUT

local function check_timeout(arg, name, timeout, longest)
  if type(timeout) ~= "number" then
    core.argerror(arg, name, "timeout must be a number or nil, got " .. type(timeout))
  elseif timeout ~= timeout then
    core.argerror(arg, name, "timeout out of range, got nan")
  elseif timeout >= longest then
    core.argerror(arg, name, "timeout too large, got " .. timeout)
  end
end

-- Copies a list, because other code may change it during the wait: returns its objects and their
-- descriptors.
local function read_list(arg, list)
  if list ~= nil and type(list) ~= "table" then
    core.argerror(arg, "select", LISTS[arg] .. " must be a sequence, got " .. type(list))
  end
  local objects, fds = {}, {}
  for i = 1, list and #list or 0 do
    objects[i] = list[i]
    fds[i] = core.filedescriptor(list[i])
    if not fds[i] then
      local message = "%s[%d] has no open descriptor: %s"
      core.argerror(arg, "select", message:format(LISTS[arg], i, core.describe(list[i])))
    end
  end
  return { objects = objects, fds = fds }
end

-- Returns the events to wait for, by descriptor.
local function gather(lists)
  local asked = {}
  for arg, list in ipairs(lists) do
    for _, fd in ipairs(list.fds) do
      asked[fd] = (asked[fd] or 0) | EVENTS[arg]
    end
  end
  return asked
end

-- Translates the events of poll(2) as select(2) defines them: with an error or a hang-up, reads and
-- writes do not block.
local function answer(asked, revents)
  local trouble <const> = core.POLLERR | core.POLLHUP
  local hits = 0
  if revents & (core.POLLIN | trouble) ~= 0 then hits = hits | core.POLLIN end
  if revents & (core.POLLOUT | core.POLLERR) ~= 0 then hits = hits | core.POLLOUT end
  if revents & core.POLLPRI ~= 0 then hits = hits | core.POLLPRI end
  hits = hits & asked
  return hits ~= 0 and hits or asked -- a hang-up alone: no other event will follow
end

local function raise_bad(lists, bad)
  for arg, list in ipairs(lists) do
    for i, fd in ipairs(list.fds) do
      if fd == bad then
        local detail = ("%s[%d] is %s"):format(LISTS[arg], i, tostring(list.objects[i]))
        core.raise_errno(core.errno.EBADF, "select", nil, detail)
      end
    end
  end
end

local function poll_all(lists, asked, timeout)
  local flat = {}
  for fd, events in pairs(asked) do
    flat[#flat + 1] = fd
    flat[#flat + 1] = events
  end
  local ready, hits = core.poll(flat, timeout), {}
  for i = 1, #ready, 2 do
    local fd = ready[i]
    if ready[i + 1] & core.POLLNVAL ~= 0 then raise_bad(lists, fd) end
    hits[fd] = answer(asked[fd], ready[i + 1])
  end
  return hits
end

-- Returns the ready objects of a list, in its order.
local function pick(lists, arg, hits)
  local list, ready = lists[arg], {}
  for i, fd in ipairs(list.fds) do
    if (hits[fd] or 0) & EVENTS[arg] ~= 0 then ready[#ready + 1] = list.objects[i] end
  end
  return ready
end

--- Waits until objects are readable or writable or have an exceptional condition.
-- @function select
-- @async
-- @tparam ?table rlist a sequence of objects to wait for until they are readable: sockets, files of
-- Lua's io library, objects with a method `fileno`, descriptors
-- @tparam ?table wlist the same, until they are writable
-- @tparam ?table xlist the same, until they have an exceptional condition (out-of-band data)
-- @tparam[opt] number timeout seconds; nil: no limit, 0: do not wait
-- @treturn table the readable objects of `rlist`, in its order; all three tables are empty after a
-- timeout
-- @treturn table the writable objects of `wlist`
-- @treturn table the objects of `xlist` with an exceptional condition
-- @raise OSError EBADF for a number that is not an open descriptor
-- @see Python's select.select
local function select(rlist, wlist, xlist, timeout)
  local lists = { read_list(1, rlist), read_list(2, wlist), read_list(3, xlist) }
  if timeout ~= nil then
    check_timeout(4, "select", timeout, arguments.LONGEST)
    if timeout < 0 then
      core.argerror(4, "select", "timeout must be non-negative, got " .. timeout)
    end
  end
  local hits = poll_all(lists, gather(lists), timeout)
  return pick(lists, 1, hits), pick(lists, 2, hits), pick(lists, 3, hits)
end

-- `list` is flat (descriptor, events, ...), and `place` holds the index of each descriptor in it.
-- `shown` is a copy of `list`; it is never changed, because a wait of the core may be using it.
--- A set of descriptors for poll(2).
-- @class poll
local Poll = core.class("select.poll")

local function check_fd(name, object)
  local fd = core.filedescriptor(object)
  if fd then return fd end
  local message = "fd must be an open descriptor or an object with a fileno method, got %s"
  core.argerror(1, name, message:format(core.describe(object)))
end

local function check_mask(name, mask)
  local value = math.type(mask) and math.tointeger(mask)
  if not value or value < 0 or value > 0xFFFF then
    core.argerror(2, name, "eventmask must be 0-65535, got " .. core.describe(mask))
  end
  return value
end

--- Adds a descriptor to the set, or replaces the events of one that is in the set.
-- @function poll:register
-- @param fd a descriptor, or an object with a descriptor
-- @tparam[opt=POLLIN|POLLPRI|POLLOUT] integer eventmask `POLL*`
-- @see Python's select.poll.register
function Poll:register(fd, eventmask)
  arguments.self("register", self, Poll, "poll")
  fd = check_fd("register", fd)
  eventmask = check_mask("register", eventmask == nil and ANY or eventmask)
  local place = self.place[fd] or #self.list + 1
  self.place[fd] = place
  self.list[place], self.list[place + 1] = fd, eventmask
  self.shown = nil
end

--- Replaces the events of a descriptor in the set.
-- @function poll:modify
-- @param fd a descriptor, or an object with a descriptor
-- @tparam integer eventmask `POLL*`
-- @raise FileNotFoundError (ENOENT) if the descriptor is not in the set
-- @see Python's select.poll.modify
function Poll:modify(fd, eventmask)
  arguments.self("modify", self, Poll, "poll")
  fd = check_fd("modify", fd)
  eventmask = check_mask("modify", eventmask)
  if not self.place[fd] then core.raise_errno(core.errno.ENOENT, "poll.modify") end
  self.list[self.place[fd] + 1] = eventmask
  self.shown = nil
end

--- Removes a descriptor from the set. A descriptor that is not in the set is an argument error.
-- @function poll:unregister
-- @param fd a descriptor, or an object with a descriptor
-- @see Python's select.poll.unregister
function Poll:unregister(fd)
  arguments.self("unregister", self, Poll, "poll")
  fd = check_fd("unregister", fd)
  local list, place = self.list, self.place[fd]
  if not place then
    core.argerror(1, "unregister", ("descriptor %d is not registered"):format(fd))
  end
  local mask = table.remove(list)
  local last = table.remove(list)
  if last ~= fd then -- the last entry takes the place
    list[place], list[place + 1] = last, mask
    self.place[last] = place
  end
  self.place[fd] = nil
  self.shown = nil
end

-- Waits for at most that many seconds; returns a flat list: descriptor, event, descriptor, ...
function Poll:wait(seconds)
  self.shown = self.shown or table.move(self.list, 1, #self.list, 1, {})
  return core.poll(self.shown, seconds)
end

--- Waits until descriptors of the set are ready.
-- @function poll:poll
-- @async
-- @tparam[opt] number timeout milliseconds; nil or negative: no limit
-- @treturn table a sequence of `{fd, event}`; empty after a timeout. `POLLERR`, `POLLHUP` and
-- `POLLNVAL` are always included
-- @see Python's select.poll.poll
function Poll:poll(timeout)
  arguments.self("poll", self, Poll, "poll")
  local seconds
  if timeout ~= nil then
    check_timeout(1, "poll", timeout, arguments.LONGEST * 1000)
    seconds = timeout >= 0 and timeout / 1000 or nil
  end
  local flat, ready = self:wait(seconds), {}
  for i = 1, #flat, 2 do
    ready[#ready + 1] = { flat[i], flat[i + 1] }
  end
  return ready
end

--- Creates an empty set of descriptors for poll(2).
-- @function poll
-- @treturn poll
-- @see Python's select.poll
local function poll()
  return setmetatable({ list = {}, place = {} }, Poll)
end

--- Constants of the module: `POLL*` and `EPOLL*` are bits of events; `KQ_FILTER_*`, `KQ_EV_*` and
-- `KQ_NOTE_*` are values for kevents.
-- @value OSError error `OSError`, under Python's older name
-- @value integer PIPE_BUF the number of bytes that a write to a ready pipe takes without blocking
local module = {
  select = select,
  poll = poll,
  epoll = core.epoll, -- nil where the system has none, as the next two
  kqueue = queues.kqueue,
  kevent = queues.kevent,
  error = core.OSError,
  PIPE_BUF = core.PIPE_BUF,
}

for name, value in pairs(core) do
  if name:find("^E?POLL") or name:find("^KQ_") then module[name] = value end
end

return module
