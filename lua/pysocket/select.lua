-- Python's `select`: waiting for many descriptors at once. `select` and `poll` stand on poll(2),
-- which knows no limit of 1024. Inside a task all of it lets the other tasks run.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local queues = core.kqueue_open and require "pysocket.kqueue" or {}

local LISTS <const> = { "rlist", "wlist", "xlist" }
local EVENTS <const> = { core.POLLIN, core.POLLOUT, core.POLLPRI } -- what a list asks for
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

-- A list as it is now, others may change it while we wait: its objects and their descriptors.
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

-- The events that are asked of each descriptor.
local function gather(lists)
  local asked = {}
  for arg, list in ipairs(lists) do
    for _, fd in ipairs(list.fds) do
      asked[fd] = (asked[fd] or 0) | EVENTS[arg]
    end
  end
  return asked
end

-- What poll(2) said, as select(2) sees it: what has an error or is hung up blocks no more.
local function answer(asked, revents)
  local trouble <const> = core.POLLERR | core.POLLHUP
  local hits = 0
  if revents & (core.POLLIN | trouble) ~= 0 then hits = hits | core.POLLIN end
  if revents & (core.POLLOUT | core.POLLERR) ~= 0 then hits = hits | core.POLLOUT end
  if revents & core.POLLPRI ~= 0 then hits = hits | core.POLLPRI end
  hits = hits & asked
  return hits ~= 0 and hits or asked -- only hung up: it will never be ready otherwise
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

-- The objects of a list that are ready, in its order.
local function pick(lists, arg, hits)
  local list, ready = lists[arg], {}
  for i, fd in ipairs(list.fds) do
    if (hits[fd] or 0) & EVENTS[arg] ~= 0 then ready[#ready + 1] = list.objects[i] end
  end
  return ready
end

--- Waits until something can be read, written, or has an exceptional condition.
-- @function select
-- @async
-- @tparam ?table rlist sequence of what is to be read: sockets, files of Lua's io library, objects
-- with a method `fileno`, descriptors
-- @tparam ?table wlist the same for what is to be written
-- @tparam ?table xlist the same for exceptional conditions (out-of-band data)
-- @tparam[opt] number timeout seconds; nil: no limit, 0: do not wait
-- @treturn table those of `rlist` that are ready, in its order; all three are empty when time is up
-- @treturn table those of `wlist`
-- @treturn table those of `xlist`
-- @raise OSError EBADF for a number that is no open descriptor
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

-- `list` is flat (descriptor, events, ...), `place` where a descriptor stands in it. `shown` is the
-- copy of it that the core was given last, and may still be waiting with: so it is never changed.
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

--- Watches a descriptor; one that is watched already gets the new events.
-- @function poll:register
-- @param fd a descriptor, or an object that has one
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

--- Changes the events that a descriptor is watched for.
-- @function poll:modify
-- @param fd
-- @tparam integer eventmask
-- @raise FileNotFoundError (ENOENT) for what is not registered
-- @see Python's select.poll.modify
function Poll:modify(fd, eventmask)
  arguments.self("modify", self, Poll, "poll")
  fd = check_fd("modify", fd)
  eventmask = check_mask("modify", eventmask)
  if not self.place[fd] then core.raise_errno(core.errno.ENOENT, "poll.modify") end
  self.list[self.place[fd] + 1] = eventmask
  self.shown = nil
end

--- Watches a descriptor no longer. What is not registered is an argument error.
-- @function poll:unregister
-- @param fd
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
  if last ~= fd then -- the last one takes its place
    list[place], list[place + 1] = last, mask
    self.place[last] = place
  end
  self.place[fd] = nil
  self.shown = nil
end

-- Waits for so many seconds; a flat list: descriptor, event, descriptor, event, ...
function Poll:wait(seconds)
  self.shown = self.shown or table.move(self.list, 1, #self.list, 1, {})
  return core.poll(self.shown, seconds)
end

--- Waits until registered descriptors are ready.
-- @function poll:poll
-- @async
-- @tparam[opt] number timeout milliseconds; nil or negative: no limit
-- @treturn table a sequence of `{fd, event}`: empty when time is up. `POLLERR`, `POLLHUP` and
-- `POLLNVAL` come unasked
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

--- An empty set of descriptors for poll(2).
-- @function poll
-- @treturn poll
-- @see Python's select.poll
local function poll()
  return setmetatable({ list = {}, place = {} }, Poll)
end

--- What the module has beside functions and classes: `POLL*` and `EPOLL*` are bits of events,
-- `KQ_FILTER_*`, `KQ_EV_*` and `KQ_NOTE_*` fields of kevents.
-- @value OSError error `OSError`, by Python's older name
-- @value integer PIPE_BUF how many bytes a pipe takes at once when it is ready for writing
local module = {
  select = select,
  poll = poll,
  epoll = core.epoll, -- these are nil where the system has none
  kqueue = queues.kqueue,
  kevent = queues.kevent,
  error = core.OSError,
  PIPE_BUF = core.PIPE_BUF,
}

for name, value in pairs(core) do
  if name:find("^E?POLL") or name:find("^KQ_") then module[name] = value end
end

return module
