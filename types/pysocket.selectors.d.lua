---@meta pysocket.selectors
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.selectors
---@field EVENT_READ integer
---@field EVENT_WRITE integer
---@field DefaultSelector pysocket.EpollSelector|pysocket.KqueueSelector|pysocket.PollSelector # the best kind there is
---@field BaseSelector pysocket.Selector # the class that all selectors inherit from
local selectors = {}

---The registration of an object: a sequence `{fileobj, fd, events, data}`, also readable by
---these names. Keys compare by value and cannot be changed.
---@class pysocket.SelectorKey
---@field fileobj any # the object given to `register`
---@field fd integer # its descriptor
---@field events integer # `EVENT_READ`, `EVENT_WRITE` or both
---@field data any # the data given to `register`
local SelectorKey = {}
selectors.SelectorKey = SelectorKey

---What all selectors do. `<close>` closes them.
---@class pysocket.Selector
local Selector = {}

---on `select.select`
---@class pysocket.SelectSelector: pysocket.Selector
---@overload fun(): pysocket.Selector
local SelectSelector = {}
selectors.SelectSelector = SelectSelector

---on poll(2)
---@class pysocket.PollSelector: pysocket.Selector
---@overload fun(): pysocket.Selector
local PollSelector = {}
selectors.PollSelector = PollSelector

---on epoll(7)
---@class pysocket.EpollSelector: pysocket.Selector
---@overload fun(): pysocket.Selector
local EpollSelector = {}
selectors.EpollSelector = EpollSelector

---on kqueue(2)
---@class pysocket.KqueueSelector: pysocket.Selector
---@overload fun(): pysocket.Selector
local KqueueSelector = {}
selectors.KqueueSelector = KqueueSelector

---Watches an object.
---@param fileobj any a socket, a file of Lua's io library, an object with a method `fileno`, or a descriptor
---@param events integer `EVENT_READ`, `EVENT_WRITE` or both
---@param data? any anything: it is in the key
---@return pysocket.SelectorKey
function Selector:register(fileobj, events, data) end

---Watches an object no longer; it may have been closed meanwhile. What is not registered is
---an argument error.
---@param fileobj any
---@return pysocket.SelectorKey # what its key was
function Selector:unregister(fileobj) end

---Changes what an object is watched for, and its data.
---@param fileobj any
---@param events integer
---@param data? any
---@return pysocket.SelectorKey # the new one
function Selector:modify(fileobj, events, data) end

---Waits until watched objects are ready.
---@param timeout? number seconds; nil: no limit, 0 or less: do not wait
---@return table # a sequence of `{key, events}`: empty when time is up
---@async
function Selector:select(timeout) end

---`select` for loops: makes no tables.
---@param ready table is filled with key, events, key, events, ...; what stands behind them is left as it was
---@param timeout? number as in `select`
---@return integer # the number of keys
---@async
function Selector:select_into(ready, timeout) end

---The key of a registered object. What is not registered is an argument error.
---@param fileobj any
---@return pysocket.SelectorKey
function Selector:get_key(fileobj) end

---The keys of all that is registered.
---@return table|nil # indexed by object or descriptor, `#` is their number, `pairs` gives descriptors and keys; nil when closed
function Selector:get_map() end

---Forgets all objects and frees what the selector holds. Harmless when repeated; also done by
---`<close>`.
function Selector:close() end

---The descriptor of the set itself: readable when a watched object is ready.
---@return integer
function EpollSelector:fileno() end

---The descriptor of the queue itself: readable when a watched object is ready.
---@return integer
function KqueueSelector:fileno() end

return selectors
