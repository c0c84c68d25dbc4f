-- Python's `selectors`: waiting for registered objects, by the best poller of the system. In a
-- task, a wait lets the other tasks run.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local keys = require "pysocket.keys"
local select = require "pysocket.select"

--- Constants of the module.
-- @value integer EVENT_READ
-- @value integer EVENT_WRITE
-- @value EpollSelector|KqueueSelector|PollSelector DefaultSelector the most efficient selector of
-- the system
local EVENT_READ <const> = 1
local EVENT_WRITE <const> = 2

-- `keys` holds the keys by descriptor, and `count` is their number. `map` is the users' view of the
-- keys; it is nil when the selector is closed. `poller` has the methods `register`, `modify` and
-- `unregister` of (fd, mask). A subclass has IN and OUT, the event bits of its poller, and
-- `wait(timeout)`, which returns a flat list of descriptors and events, and the number of pairs.
--- The methods of all selectors. `<close>` closes a selector.
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

-- Raises an error, with the position of the caller's caller, if the selector is closed.
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

-- Reads the arguments of `register` and `modify` without a third one, since data may be any table.
local function read_key(name, ...)
  return core.arguments(name, 2, "fileobj{} events data=", ...)
end

--- Registers an object.
-- @function selector:register
-- @param fileobj a socket, a file of Lua's io library, an object with a method `fileno`, or a
-- descriptor
-- @tparam integer events `EVENT_READ`, `EVENT_WRITE` or both
-- @param[opt] data any value; becomes the field `data` of the key
-- @treturn SelectorKey
-- @raise OSError if the system cannot watch the object. An object that is already registered is an
-- argument error
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

--- Unregisters an object, which may be closed already. An object that is not registered is an
-- argument error.
-- @function selector:unregister
-- @param fileobj the object or its descriptor
-- @treturn SelectorKey the key that it had
-- @see Python's selectors.BaseSelector.unregister
function BaseSelector:unregister(...)
  arguments.self("unregister", self, BaseSelector, "selector")
  local fileobj = core.arguments("unregister", 1, "fileobj{}", ...)
  local key = check_key(self, "unregister", fileobj)
  forget(self, key[2])
  -- the system removes closed descriptors by itself
  core.protect(self.poller.unregister)(self.poller, key[2])
  return key
end

--- Replaces the events and the data of an object.
-- @function selector:modify
-- @param fileobj the object or its descriptor
-- @tparam integer events `EVENT_READ`, `EVENT_WRITE` or both
-- @param[opt] data any value
-- @treturn SelectorKey the new key
-- @raise OSError; the object is then no longer registered
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

-- Translates reported events into the events of the key; an error or a hang-up counts as both.
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
    local key = self.keys[flat[i]] -- nil: unregistered during the wait
    local events = key and events_of(self, key, flat[i + 1]) or 0
    if events ~= 0 then
      ready[place + 1], ready[place + 2] = key, events
      place = place + 2
    end
  end
  return place // 2
end

--- Waits until registered objects are ready.
-- @function selector:select
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit, 0 or less: do not wait
-- @treturn table a sequence of `{key, events}`; empty after a timeout
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

--- As `select`, but fills a given table, so that a loop creates no garbage.
-- @function selector:select_into
-- @async
-- @tparam table ready receives key, events, key, events, ...; further elements are not changed
-- @tparam[opt] number timeout as for `select`
-- @treturn integer the number of keys
function BaseSelector:select_into(ready, timeout)
  check_open(self, "select_into")
  if type(ready) ~= "table" then
    core.argerror(1, "select_into", "ready must be a table, got " .. type(ready))
  end
  return fill(self, ready, read_timeout("select_into", timeout, 2))
end

--- Returns the key of a registered object. An object that is not registered is an argument error.
-- @function selector:get_key
-- @param fileobj the object or its descriptor
-- @treturn SelectorKey
-- @see Python's selectors.BaseSelector.get_key
function BaseSelector:get_key(...)
  check_open(self, "get_key")
  local fileobj = core.arguments("get_key", 1, "fileobj{}", ...)
  return check_key(self, "get_key", fileobj)
end

--- Returns the keys of all registered objects.
-- @function selector:get_map
-- @treturn ?table the keys, by object or descriptor; `#` is their number, and `pairs` iterates over
-- descriptors and keys; nil if the selector is closed
-- @see Python's selectors.BaseSelector.get_map
function BaseSelector:get_map()
  arguments.self("get_map", self, BaseSelector, "selector")
  return self.map
end

--- Unregisters all objects and closes the poller, as `<close>` does. Closing it again does nothing.
-- @function selector:close
-- @see Python's selectors.BaseSelector.close
function BaseSelector:close()
  arguments.self("close", self, BaseSelector, "selector")
  self.keys, self.count, self.map = {}, 0, nil
  if self.poller.close then self.poller:close() end
end

-- Makes a class of selectors; `new_poller` creates the poller of each.
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

--- A selector that uses `select.select`.
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

--- A selector that uses poll(2).
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

--- A selector that uses epoll(7); nil on systems without it.
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

  --- Returns the descriptor of the poller. The descriptor is readable while a registered object is
  -- ready.
  -- @function EpollSelector:fileno
  -- @treturn integer
  -- @see Python's selectors.EpollSelector.fileno
  function EpollSelector:fileno()
    check_open(self, "fileno")
    return self.poller:fileno()
  end
end

--- A selector that uses kqueue(2); nil on systems without it.
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

  --- Returns the descriptor of the poller. The descriptor is readable while a registered object is
  -- ready.
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
