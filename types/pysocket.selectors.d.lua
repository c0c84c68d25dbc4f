---@meta pysocket.selectors
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.selectors
---@field EVENT_READ integer
---@field EVENT_WRITE integer
---@field DefaultSelector pysocket.EpollSelector|pysocket.KqueueSelector|pysocket.PollSelector # the most efficient selector of the system
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

---The methods of all selectors. `<close>` closes a selector.
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

---Registers an object.
---@param fileobj any a socket, a file of Lua's io library, an object with a method `fileno`, or a descriptor
---@param events integer `EVENT_READ`, `EVENT_WRITE` or both
---@param data? any any value; becomes the field `data` of the key
---@return pysocket.SelectorKey
function Selector:register(fileobj, events, data) end

---Unregisters an object, which may be closed already. An object that is not registered is an
---argument error.
---@param fileobj any the object or its descriptor
---@return pysocket.SelectorKey # the key that it had
function Selector:unregister(fileobj) end

---Replaces the events and the data of an object.
---@param fileobj any the object or its descriptor
---@param events integer `EVENT_READ`, `EVENT_WRITE` or both
---@param data? any any value
---@return pysocket.SelectorKey # the new key
function Selector:modify(fileobj, events, data) end

---Waits until registered objects are ready.
---@param timeout? number seconds; nil: no limit, 0 or less: do not wait
---@return table # a sequence of `{key, events}`; empty after a timeout
---@async
function Selector:select(timeout) end

---As `select`, but fills a given table, so that a loop creates no garbage.
---@param ready table receives key, events, key, events, ...; further elements are not changed
---@param timeout? number as for `select`
---@return integer # the number of keys
---@async
function Selector:select_into(ready, timeout) end

---Returns the key of a registered object. An object that is not registered is an argument
---error.
---@param fileobj any the object or its descriptor
---@return pysocket.SelectorKey
function Selector:get_key(fileobj) end

---Returns the keys of all registered objects.
---@return table|nil # the keys, by object or descriptor; `#` is their number, and `pairs` iterates over descriptors and keys; nil if the selector is closed
function Selector:get_map() end

---Unregisters all objects and closes the poller, as `<close>` does. Closing it again does
---nothing.
function Selector:close() end

---Returns the descriptor of the poller. The descriptor is readable while a registered object
---is ready.
---@return integer
function EpollSelector:fileno() end

---Returns the descriptor of the poller. The descriptor is readable while a registered object
---is ready.
---@return integer
function KqueueSelector:fileno() end

return selectors
