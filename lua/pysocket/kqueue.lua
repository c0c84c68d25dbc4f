-- Python's `select.kqueue` and `select.kevent`, on systems with kqueue(2). In a task, `control`
-- lets the other tasks run.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"

local FIELDS <const> = { "ident", "filter", "flags", "fflags", "data", "udata" }

--- An event of a kqueue, or a change of the events that a kqueue watches. Fields may be set;
-- kevents compare by value.
-- @class kevent
-- @tfield integer ident the descriptor, if the filter is about one
-- @tfield integer filter `KQ_FILTER_*`
-- @tfield integer flags `KQ_EV_*`
-- @tfield integer fflags flags of the filter, `KQ_NOTE_*`
-- @tfield integer data a value of the filter: for reading and writing, a number of bytes
-- @tfield integer udata returned unchanged with the event
-- @function kevent
-- @constructor
-- @param ident a descriptor, an object with a descriptor, or another integer
-- @tparam[opt=KQ_FILTER_READ] integer filter
-- @tparam[opt=KQ_EV_ADD] integer flags
-- @tparam[opt=0] integer fflags
-- @tparam[opt=0] integer data
-- @tparam[opt=0] integer udata
-- @tparam[opt] table options the arguments above by name
-- @treturn kevent
-- @see Python's select.kevent
local Kevent = core.class("select.kevent")

local function new_kevent(_, ...)
  local ident, filter, flags, fflags, data, udata =
    core.arguments("kevent", 6, "ident{} filter= flags= fflags= data= udata=", ...)
  local fd = math.type(ident) and math.tointeger(ident) or core.filedescriptor(ident)
  if not fd then
    local message = "ident must be an integer or an object with an open descriptor, got "
    core.argerror(1, "kevent", message .. core.describe(ident))
  end
  filter, flags = filter or core.KQ_FILTER_READ, flags or core.KQ_EV_ADD
  local values = { fd, filter, flags, fflags or 0, data or 0, udata or 0 }
  local event = {}
  for i, name in ipairs(FIELDS) do
    event[name] = arguments.integer(i, "kevent", name, values[i])
  end
  return setmetatable(event, Kevent)
end

function Kevent:__eq(other)
  if not core.isinstance(other, Kevent) then return false end
  for _, name in ipairs(FIELDS) do
    if self[name] ~= other[name] then return false end
  end
  return true
end

function Kevent:__tostring()
  local parts = {}
  for i, name in ipairs(FIELDS) do parts[i] = name .. "=" .. tostring(self[name]) end
  return "kevent(" .. table.concat(parts, ", ") .. ")"
end

--- An event queue of the kernel. `<close>` closes it. A forked process does not inherit the queue;
-- the object is closed there.
-- @class kqueue
-- @tfield boolean closed
local Kqueue = core.class("select.kqueue")

local function is_open(self)
  return self.fd and self.process == core.kqueue_process()
end

local function check_open(self, name)
  arguments.self(name, self, Kqueue, "kqueue")
  if is_open(self) then return self.fd end
  error(("calling '%s' on bad self (I/O operation on closed kqueue object)"):format(name), 3)
end

function Kqueue:__index(name)
  if name == "closed" then return not is_open(self) end
  return Kqueue[name]
end

--- Creates a queue. Child processes do not inherit its descriptor.
-- @function kqueue
-- @constructor
-- @treturn kqueue
-- @raise OSError EMFILE
-- @see Python's select.kqueue
local function new_kqueue()
  local self = setmetatable({ fd = false, process = core.kqueue_process() }, Kqueue)
  self.fd = core.kqueue_open() -- into an existing field: nothing can fail after the open
  return self
end

--- Makes a kqueue object of an existing descriptor, which the object then owns.
-- @function kqueue.fromfd
-- @tparam integer fd the descriptor of a queue
-- @treturn kqueue
-- @see Python's select.kqueue.fromfd
function Kqueue.fromfd(fd)
  fd = arguments.integer(1, "fromfd", "fd", fd, 0)
  return setmetatable({ fd = fd, process = core.kqueue_process() }, Kqueue)
end

--- Returns the descriptor of the queue. The descriptor is readable while the queue has events.
-- @function kqueue:fileno
-- @treturn integer
-- @see Python's select.kqueue.fileno
function Kqueue:fileno()
  return check_open(self, "fileno")
end

--- Closes the queue. Closing it again does nothing.
-- @function kqueue:close
-- @raise OSError as close(2)
-- @see Python's select.kqueue.close
function Kqueue:close()
  arguments.self("close", self, Kqueue, "kqueue")
  local fd = is_open(self) and self.fd
  self.fd = false
  if fd then core.kqueue_close(fd) end
end

Kqueue.__close = Kqueue.close

function Kqueue:__gc()
  pcall(Kqueue.close, self)
end

function Kqueue:__tostring()
  return ("<select.kqueue fd=%d>"):format(self.fd or -1)
end

-- Returns the changes as a flat list of integers.
local function flatten(changes)
  local flat = {}
  if changes == nil then return flat end
  if type(changes) ~= "table" then
    core.argerror(1, "control", "changelist must be a sequence of kevents, got " .. type(changes))
  end
  for i = 1, #changes do
    local change = changes[i]
    if not core.isinstance(change, Kevent) then
      local message = "changelist[%d] must be a kevent, got %s"
      core.argerror(1, "control", message:format(i, core.describe(change)))
    end
    for j, name in ipairs(FIELDS) do
      local value = math.type(change[name]) and math.tointeger(change[name])
      if not value then
        local message = "%s of changelist[%d] must be an integer, got %s"
        core.argerror(1, "control", message:format(name, i, core.describe(change[name])))
      end
      flat[#FIELDS * (i - 1) + j] = value
    end
  end
  return flat
end

--- Applies changes, and waits for events.
-- @function kqueue:control
-- @async
-- @tparam ?table changelist a sequence of kevents
-- @tparam integer max_events the maximum number of events; 0: do not wait
-- @tparam[opt] number timeout seconds; nil: no limit
-- @treturn kevent[] the events; empty after a timeout
-- @raise OSError for a change that fails: EBADF, ENOENT
-- @see Python's select.kqueue.control
function Kqueue:control(changelist, max_events, timeout)
  check_open(self, "control")
  local changes = flatten(changelist)
  local max = arguments.integer(2, "control", "max_events", max_events, 0)
  if timeout ~= nil then
    arguments.seconds(3, "control", "timeout", timeout)
    if timeout < 0 then
      core.argerror(3, "control", "timeout must be non-negative, got " .. timeout)
    end
  end
  local flat, events = core.kevent(self, changes, max, timeout), {}
  for i = 1, #flat // #FIELDS do
    local event = {}
    for j, name in ipairs(FIELDS) do event[name] = flat[#FIELDS * (i - 1) + j] end
    events[i] = setmetatable(event, Kevent)
  end
  return events
end

-- The poller of a KqueueSelector: a queue, and for each descriptor the mask of the events watched,
-- 1 (read) and 2 (write).
local Masks = core.class("select.kqueue_masks")

local function change(self, fd, mask, flags)
  local flat = {}
  for bit, filter in ipairs({ core.KQ_FILTER_READ, core.KQ_FILTER_WRITE }) do
    if mask & bit ~= 0 then
      table.move({ fd, filter, flags, 0, 0, 0 }, 1, #FIELDS, #flat + 1, flat)
    end
  end
  core.kevent(self.queue, flat, 0)
end

function Masks:register(fd, mask)
  local ok, err = core.protect(change)(self, fd, mask, core.KQ_EV_ADD)
  if not ok then
    for bit = 1, 2 do core.protect(change)(self, fd, mask & bit, core.KQ_EV_DELETE) end
    error(err, 0)
  end
  self.masks[fd] = mask
end

function Masks:modify(fd, mask)
  local before = self.masks[fd]
  change(self, fd, before & ~mask, core.KQ_EV_DELETE)
  change(self, fd, mask & ~before, core.KQ_EV_ADD)
  self.masks[fd] = mask
end

function Masks:unregister(fd)
  local before = self.masks[fd]
  self.masks[fd] = nil
  change(self, fd, before, core.KQ_EV_DELETE)
end

-- Returns a flat list of descriptors and masks, and the number of pairs.
function Masks:wait(timeout, max)
  local events, masks, list = core.kevent(self.queue, {}, 2 * max, timeout), {}, {}
  for i = 1, #events, #FIELDS do
    local fd, bit = events[i], events[i + 1] == core.KQ_FILTER_READ and 1 or 2
    if not masks[fd] then list[#list + 1] = fd end
    masks[fd] = (masks[fd] or 0) | bit
  end
  for i = #list, 1, -1 do
    list[2 * i - 1], list[2 * i] = list[i], masks[list[i]]
  end
  return list, #list // 2
end

function Masks:fileno()
  return self.queue:fileno()
end

function Masks:close()
  self.queue:close()
end

local function new_masks()
  return setmetatable({ queue = new_kqueue(), masks = {} }, Masks)
end

setmetatable(Kevent, { __call = new_kevent })
setmetatable(Kqueue, { __call = new_kqueue })

return { kevent = Kevent, kqueue = Kqueue, masks = new_masks }
