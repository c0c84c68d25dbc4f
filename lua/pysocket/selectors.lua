-- Python's `selectors`: objects watched for reading and writing, by the best means that the system
-- has. Inside a task, selecting lets the other tasks run.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local keys = require "pysocket.keys"
local select = require "pysocket.select"

--- What the module has beside functions and classes.
-- @value integer EVENT_READ
-- @value integer EVENT_WRITE
-- @value EpollSelector|KqueueSelector|PollSelector DefaultSelector the best kind there is
local EVENT_READ <const> = 1
local EVENT_WRITE <const> = 2

-- `keys` holds the keys by descriptor, `count` how many; `map` is what users see of them, nil when
-- closed; `poller` has `register`, `modify` and `unregister` of (fd, mask). A subclass has IN and
-- OUT, its poller's events, and `wait(timeout)`: a flat list of descriptors and events, and the
-- number of pairs.
--- What all selectors do. `<close>` closes them.
-- @class selector
-- @value selector BaseSelector the class that all selectors inherit from
local BaseSelector = core.class("selectors.BaseSelector")

local function check_object(self, name, fileobj)
  local fd = keys.find(self, fileobj)
  if fd then return fd end
  core.argerror(1, name, "invalid file object: " .. core.describe(fileobj))
end

local function check_key(self, name, fileobj)
  local key = self.keys[check_object(self, name, fileobj)]
  if key then return key end
  core.argerror(1, name, core.describe(fileobj) .. " is not registered")
end

local function check_events(name, events)
  local value = math.type(events) and math.tointeger(events)
  if value and value >= 1 and value <= EVENT_READ | EVENT_WRITE then return value end
  core.argerror(2, name, "invalid events: " .. core.describe(events))
end

-- The caller's caller used a closed selector.
local function check_open(self, name)
  arguments.self(name, self, BaseSelector, "selector")
  if self.map then return end
  error(("calling '%s' on bad self (selector is closed)"):format(name), 3)
end

local function mask_of(self, events)
  return (events & EVENT_READ ~= 0 and self.IN or 0) | (events & EVENT_WRITE ~= 0 and self.OUT or 0)
end

local function forget(self, fd)
  self.keys[fd] = nil
  self.count = self.count - 1
end

-- The arguments of `register` and `modify` where there is no third one: data may be any table.
local function read_key(name, ...)
  return core.arguments(name, 2, "fileobj{} events data=", ...)
end

--- Watches an object.
-- @function selector:register
-- @param fileobj a socket, a file of Lua's io library, an object with a method `fileno`, or a
-- descriptor
-- @tparam integer events `EVENT_READ`, `EVENT_WRITE` or both
-- @param[opt] data anything: it is in the key
-- @treturn SelectorKey
-- @raise OSError for what cannot be watched; what is registered already is an argument error
-- @see Python's selectors.BaseSelector.register
function BaseSelector:register(fileobj, events, data)
  check_open(self, "register")
  if data == nil then fileobj, events, data = read_key("register", fileobj, events) end
  local fd = check_object(self, "register", fileobj)
  events = check_events("register", events)
  if self.keys[fd] then
    local message = "%s (fd %d) is already registered"
    core.argerror(1, "register", message:format(core.describe(fileobj), fd))
  end
  self.poller:register(fd, mask_of(self, events))
  self.keys[fd] = keys.new(fileobj, fd, events, data)
  self.count = self.count + 1
  return self.keys[fd]
end

--- Watches an object no longer; it may have been closed meanwhile. What is not registered is an
-- argument error.
-- @function selector:unregister
-- @param fileobj
-- @treturn SelectorKey what its key was
-- @see Python's selectors.BaseSelector.unregister
function BaseSelector:unregister(...)
  arguments.self("unregister", self, BaseSelector, "selector")
  local fileobj = core.arguments("unregister", 1, "fileobj{}", ...)
  local key = check_key(self, "unregister", fileobj)
  forget(self, key[2])
  -- the system has forgotten a descriptor that was closed
  core.protect(self.poller.unregister)(self.poller, key[2])
  return key
end

--- Changes what an object is watched for, and its data.
-- @function selector:modify
-- @param fileobj
-- @tparam integer events
-- @param[opt] data
-- @treturn SelectorKey the new one
-- @raise OSError: it is then not registered any more
-- @see Python's selectors.BaseSelector.modify
function BaseSelector:modify(fileobj, events, data)
  arguments.self("modify", self, BaseSelector, "selector")
  if data == nil then fileobj, events, data = read_key("modify", fileobj, events) end
  local key = check_key(self, "modify", fileobj)
  events = check_events("modify", events)
  if events ~= key[3] then
    local ok, err = core.protect(self.poller.modify)(self.poller, key[2], mask_of(self, events))
    if not ok then
      forget(self, key[2])
      error(err, 0)
    end
  elseif rawequal(data, key.data) then
    return key
  end
  self.keys[key[2]] = keys.new(key[1], key[2], events, data)
  return self.keys[key[2]]
end

local function read_timeout(name, timeout, arg)
  if timeout == nil then return nil end
  arguments.seconds(arg, name, "timeout", timeout)
  return math.max(timeout, 0)
end

-- What is asked of a key among what its poller reports; an error or a hang-up is either.
local function events_of(self, key, reported)
  local events = 0
  if reported & ~self.OUT ~= 0 then events = events | EVENT_READ end
  if reported & ~self.IN ~= 0 then events = events | EVENT_WRITE end
  return events & key[3]
end

local function fill(self, ready, timeout)
  local flat, count = self:wait(timeout)
  local place = 0
  for i = 1, 2 * count, 2 do
    local key = self.keys[flat[i]] -- nil: unregistered while we waited
    local events = key and events_of(self, key, flat[i + 1]) or 0
    if events ~= 0 then
      ready[place + 1], ready[place + 2] = key, events
      place = place + 2
    end
  end
  return place // 2
end

--- Waits until watched objects are ready.
-- @function selector:select
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit, 0 or less: do not wait
-- @treturn table a sequence of `{key, events}`: empty when time is up
-- @see Python's selectors.BaseSelector.select
function BaseSelector:select(timeout, ...)
  check_open(self, "select")
  if type(timeout) == "table" then
    timeout = core.arguments("select", 1, "timeout=", timeout, ...)
  end
  local flat, ready = {}, {}
  for i = 1, 2 * fill(self, flat, read_timeout("select", timeout, 1)), 2 do
    ready[#ready + 1] = { flat[i], flat[i + 1] }
  end
  return ready
end

--- `select` for loops: makes no tables.
-- @function selector:select_into
-- @async
-- @tparam table ready is filled with key, events, key, events, ...; what stands behind them is
-- left as it was
-- @tparam[opt] number timeout as in `select`
-- @treturn integer the number of keys
function BaseSelector:select_into(ready, timeout)
  check_open(self, "select_into")
  if type(ready) ~= "table" then
    core.argerror(1, "select_into", "ready must be a table, got " .. type(ready))
  end
  return fill(self, ready, read_timeout("select_into", timeout, 2))
end

--- The key of a registered object. What is not registered is an argument error.
-- @function selector:get_key
-- @param fileobj
-- @treturn SelectorKey
-- @see Python's selectors.BaseSelector.get_key
function BaseSelector:get_key(...)
  check_open(self, "get_key")
  local fileobj = core.arguments("get_key", 1, "fileobj{}", ...)
  return check_key(self, "get_key", fileobj)
end

--- The keys of all that is registered.
-- @function selector:get_map
-- @treturn ?table indexed by object or descriptor, `#` is their number, `pairs` gives descriptors
-- and keys; nil when closed
-- @see Python's selectors.BaseSelector.get_map
function BaseSelector:get_map()
  arguments.self("get_map", self, BaseSelector, "selector")
  return self.map
end

--- Forgets all objects and frees what the selector holds. Harmless when repeated; also done by
-- `<close>`.
-- @function selector:close
-- @see Python's selectors.BaseSelector.close
function BaseSelector:close()
  arguments.self("close", self, BaseSelector, "selector")
  self.keys, self.count, self.map = {}, 0, nil
  if self.poller.close then self.poller:close() end
end

-- A kind of selector: `new_poller` makes what it stands on.
local function selector_class(name, new_poller)
  local class = core.class("selectors." .. name, BaseSelector)
  class.__close = BaseSelector.close
  getmetatable(class).__call = function()
    local self = setmetatable({ keys = {}, count = 0, poller = new_poller() }, class)
    self.map = keys.map(self)
    return self
  end
  return class
end

--- A selector that stands on `select.select`.
-- @class SelectSelector : selector on `select.select`
-- @function SelectSelector
-- @constructor
-- @treturn selector
-- @see Python's selectors.SelectSelector
local Sets = core.class("selectors.sets")

function Sets:register(fd, mask)
  self.masks[fd] = mask
end

Sets.modify = Sets.register

function Sets:unregister(fd)
  self.masks[fd] = nil
end

local SelectSelector = selector_class("SelectSelector", function()
  return setmetatable({ masks = {} }, Sets)
end)

SelectSelector.IN, SelectSelector.OUT = core.POLLIN, core.POLLOUT

function SelectSelector:wait(timeout)
  local readers, writers, flat = {}, {}, {}
  for fd, mask in pairs(self.poller.masks) do
    if mask & self.IN ~= 0 then readers[#readers + 1] = fd end
    if mask & self.OUT ~= 0 then writers[#writers + 1] = fd end
  end
  local masks = {}
  readers, writers = select.select(readers, writers, nil, timeout)
  for _, fd in ipairs(readers) do masks[fd] = self.IN end
  for _, fd in ipairs(writers) do masks[fd] = (masks[fd] or 0) | self.OUT end
  for fd, mask in pairs(masks) do
    flat[#flat + 1] = fd
    flat[#flat + 1] = mask
  end
  return flat, #flat // 2
end

--- A selector that stands on poll(2).
-- @class PollSelector : selector on poll(2)
-- @function PollSelector
-- @constructor
-- @treturn selector
-- @see Python's selectors.PollSelector
local PollSelector = selector_class("PollSelector", select.poll)

PollSelector.IN, PollSelector.OUT = core.POLLIN, core.POLLOUT

function PollSelector:wait(timeout)
  local flat = self.poller:wait(timeout)
  return flat, #flat // 2
end

--- A selector that stands on epoll(7); nil where the system has none.
-- @class EpollSelector : selector on epoll(7)
-- @function EpollSelector
-- @constructor
-- @treturn selector
-- @raise OSError EMFILE
-- @see Python's selectors.EpollSelector
local EpollSelector = select.epoll and selector_class("EpollSelector", select.epoll)

if EpollSelector then
  EpollSelector.IN, EpollSelector.OUT = core.EPOLLIN, core.EPOLLOUT

  function EpollSelector:wait(timeout)
    self.flat = self.flat or {}
    return self.flat, self.poller:poll(timeout, math.max(self.count, 1), self.flat)
  end

  --- The descriptor of the set itself: readable when a watched object is ready.
  -- @function EpollSelector:fileno
  -- @treturn integer
  -- @see Python's selectors.EpollSelector.fileno
  function EpollSelector:fileno()
    check_open(self, "fileno")
    return self.poller:fileno()
  end
end

--- A selector that stands on kqueue(2); nil where the system has none.
-- @class KqueueSelector : selector on kqueue(2)
-- @function KqueueSelector
-- @constructor
-- @treturn selector
-- @raise OSError EMFILE
-- @see Python's selectors.KqueueSelector
local KqueueSelector = select.kqueue
  and selector_class("KqueueSelector", require "pysocket.kqueue".masks)

if KqueueSelector then
  KqueueSelector.IN, KqueueSelector.OUT = EVENT_READ, EVENT_WRITE

  function KqueueSelector:wait(timeout)
    return self.poller:wait(timeout, math.max(self.count, 1))
  end

  --- The descriptor of the queue itself: readable when a watched object is ready.
  -- @function KqueueSelector:fileno
  -- @treturn integer
  -- @see Python's selectors.KqueueSelector.fileno
  function KqueueSelector:fileno()
    check_open(self, "fileno")
    return self.poller:fileno()
  end
end

return {
  EVENT_READ = EVENT_READ,
  EVENT_WRITE = EVENT_WRITE,
  SelectorKey = keys.SelectorKey,
  BaseSelector = BaseSelector,
  SelectSelector = SelectSelector,
  PollSelector = PollSelector,
  EpollSelector = EpollSelector,
  KqueueSelector = KqueueSelector,
  DefaultSelector = EpollSelector or KqueueSelector or PollSelector,
}
