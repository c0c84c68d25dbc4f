-- Queues between tasks: a line for the items of a queue, and one for its free places.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local line = require "pysocket.loop.line"

--- A queue of items between tasks, first in, first out. Tasks that wait for an item or for a free
-- place are served in the order of their calls. `for item in q do` takes items until the queue is
-- closed and empty. `<close>` closes the queue.
-- @class queue
-- @value queue Queue the class of queues
local Queue = core.class("pysocket.loop.queue")

--- @class QueueEmpty : OSError raised by `get_nowait` if the queue has no item for the caller
-- @class QueueFull : OSError raised by `put_nowait` if the queue has no free place for the caller
-- @class QueueShutDown : OSError raised by `put` and `put_nowait` if the queue is closed
local classes <const> = {}
for _, name in ipairs({ "QueueEmpty", "QueueFull", "QueueShutDown" }) do
  local class = core.class(name, core.OSError)
  class.__tostring, class.__concat = core.OSError.__tostring, core.OSError.__concat
  classes[name] = class
end

local function raise(class, call, text)
  local _, err = pcall(core.raise, "OSError", { strerror = text, call = call })
  error(setmetatable(err, classes[class]), 0)
end

local function check_self(name, self)
  return arguments.self(name, self, Queue, "queue")
end

local function check_item(name, item)
  if item == nil then core.argerror(1, name, "item expected, got nil") end
end

-- Puts an item into a free place. It stores the item and wakes a task first, so that a lack of
-- memory changes nothing; so does `take`.
local function store(self, item)
  if self.items.shut then raise("QueueShutDown", "put", "the queue is closed") end
  self.stored[self.last + 1] = item
  self.items:give(1)
  self.last = self.last + 1
  self.places.units = self.places.units - 1
  return true
end

local function take(self)
  local first = self.first
  local item = self.stored[first]
  self.places:give(1)
  self.stored[first] = nil
  self.first = first + 1
  self.items.units = self.items.units - 1
  return item
end

--- Puts an item into the queue; waits while the queue is full.
-- @function queue:put
-- @async
-- @param item any value but nil
-- @tparam[opt] number timeout seconds; nil: no limit
-- @raise QueueShutDown; timeout; an error if it has to wait outside of a task
function Queue:put(item, timeout)
  check_self("put", self)
  check_item("put", item)
  if timeout ~= nil then arguments.seconds(2, "put", "timeout", timeout) end
  local waits = not (self.items.shut or self.places:vacant())
  if waits and self.places:wait(timeout, "put", store, self, item) then return end
  store(self, item)
end

--- Puts an item into the queue without waiting.
-- @function queue:put_nowait
-- @param item any value but nil
-- @raise QueueFull if `put` would wait; QueueShutDown
function Queue:put_nowait(item)
  check_self("put_nowait", self)
  check_item("put_nowait", item)
  if not (self.items.shut or self.places:vacant()) then
    raise("QueueFull", "put_nowait", "the queue is full")
  end
  store(self, item)
end

--- Takes the first item; waits while the queue is empty.
-- @function queue:get
-- @async
-- @tparam[opt] number timeout seconds; nil: no limit
-- @return the item; nil if the queue is closed and empty
-- @raise timeout; an error if it has to wait outside of a task
function Queue:get(timeout)
  check_self("get", self)
  if timeout ~= nil then arguments.seconds(1, "get", "timeout", timeout) end
  if self.items:vacant() then return take(self) end
  if self.items.shut then return nil end
  local item = self.items:wait(timeout, "get", take, self) -- no tail call: errors name the caller
  return item
end

--- Takes the first item without waiting.
-- @function queue:get_nowait
-- @return the item; nil if the queue is closed and empty
-- @raise QueueEmpty if `get` would wait
function Queue:get_nowait()
  check_self("get_nowait", self)
  if self.items:vacant() then return take(self) end
  if self.items.shut then return nil end
  raise("QueueEmpty", "get_nowait", "the queue is empty")
end

--- Closes the queue: `put` raises, also in tasks that wait in it; `get` returns the remaining
-- items, and then nil.
-- @function queue:close
function Queue:close()
  check_self("close", self)
  self.items:close()
  self.places:close()
end

--- Returns the number of items in the queue.
-- @function queue:qsize
-- @treturn integer
function Queue:qsize()
  check_self("qsize", self)
  return self.items.units
end

--- Returns whether `get` would wait or return nil. Items for tasks that wait in `get` do not count.
-- @function queue:empty
-- @treturn boolean
function Queue:empty()
  check_self("empty", self)
  return not self.items:vacant()
end

--- Returns whether `put` would wait. Places for tasks that wait in `put` do not count.
-- @function queue:full
-- @treturn boolean
function Queue:full()
  check_self("full", self)
  return not self.places:vacant()
end

function Queue:__tostring()
  check_self("tostring", self)
  local size = self.maxsize > 0 and ("%d of %d"):format(self.items.units, self.maxsize)
  return ("<queue of %s%s>"):format(size or self.items.units, self.items.shut and ", closed" or "")
end

Queue.__call = function(self) return Queue.get(self) end -- without the arguments of a for loop
Queue.__close = Queue.close

--- Creates a queue.
-- @function loop.queue
-- @tparam[opt=0] integer maxsize the maximum number of items, also a field of the queue; 0: no
-- limit
-- @treturn queue
-- @see Python's asyncio.Queue
local function new(maxsize)
  if maxsize ~= nil then
    maxsize = arguments.integer(1, "queue", "maxsize", maxsize, 0)
  end
  maxsize = maxsize or 0
  return setmetatable({
    maxsize = maxsize,
    stored = {}, -- by number, from first to last
    first = 1,
    last = 0,
    items = line.new(0),
    places = line.new(maxsize > 0 and maxsize or math.huge),
  }, Queue)
end

return {
  new = new,
  Queue = Queue,
  QueueEmpty = classes.QueueEmpty,
  QueueFull = classes.QueueFull,
  QueueShutDown = classes.QueueShutDown,
}
