---@meta pysocket.select
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.select
---@field error pysocket.OSError # `OSError`, under Python's older name
---@field PIPE_BUF integer # the number of bytes that a write to a ready pipe takes without blocking
---@field EPOLLERR integer
---@field EPOLLET integer
---@field EPOLLEXCLUSIVE integer
---@field EPOLLHUP integer
---@field EPOLLIN integer
---@field EPOLLMSG integer
---@field EPOLLONESHOT integer
---@field EPOLLOUT integer
---@field EPOLLPRI integer
---@field EPOLLRDBAND integer
---@field EPOLLRDHUP integer
---@field EPOLLRDNORM integer
---@field EPOLLWAKEUP integer
---@field EPOLLWRBAND integer
---@field EPOLLWRNORM integer
---@field EPOLL_CLOEXEC integer
---@field POLLERR integer
---@field POLLHUP integer
---@field POLLIN integer
---@field POLLMSG integer
---@field POLLNVAL integer
---@field POLLOUT integer
---@field POLLPRI integer
---@field POLLRDBAND integer
---@field POLLRDHUP integer
---@field POLLRDNORM integer
---@field POLLWRBAND integer
---@field POLLWRNORM integer
local select = {}

---@class pysocket.Kevent
---@field ident integer # the descriptor, if the filter is about one
---@field filter integer # `KQ_FILTER_*`
---@field flags integer # `KQ_EV_*`
---@field fflags integer # flags of the filter, `KQ_NOTE_*`
---@field data integer # a value of the filter: for reading and writing, a number of bytes
---@field udata integer # returned unchanged with the event
---@overload fun(ident: any, filter?: integer|table, flags?: integer|table, fflags?: integer|table, data?: integer|table, udata?: integer|table, options?: table): pysocket.Kevent
local Kevent = {}
select.kevent = Kevent

---An event queue of the kernel. `<close>` closes it. A forked process does not inherit the
---queue; the object is closed there.
---@class pysocket.Kqueue
---@field closed boolean
---@overload fun(): pysocket.Kqueue
local Kqueue = {}
select.kqueue = Kqueue

---A set of descriptors for poll(2).
---@class pysocket.Poll
local Poll = {}

---a set of descriptors that the kernel watches; a variable with `<close>` closes it at the
---end of its block
---@class pysocket.Epoll
---@field closed boolean # whether the set is closed
---@overload fun(sizehint?: integer|table, flags?: integer|table, options?: table): pysocket.Epoll
local Epoll = {}
select.epoll = Epoll

---Waits until objects are readable or writable or have an exceptional condition.
---@param rlist table|nil a sequence of objects to wait for until they are readable: sockets, files of Lua's io library, objects with a method `fileno`, descriptors
---@param wlist table|nil the same, until they are writable
---@param xlist table|nil the same, until they have an exceptional condition (out-of-band data)
---@param timeout? number seconds; nil: no limit, 0: do not wait
---@return table # the readable objects of `rlist`, in its order; all three tables are empty after a timeout
---@return table # the writable objects of `wlist`
---@return table # the objects of `xlist` with an exceptional condition
---@async
function select.select(rlist, wlist, xlist, timeout) end

---Creates an empty set of descriptors for poll(2).
---@return pysocket.Poll
function select.poll() end

---Makes a kqueue object of an existing descriptor, which the object then owns.
---@param fd integer the descriptor of a queue
---@return pysocket.Kqueue
function Kqueue.fromfd(fd) end

---Returns the descriptor of the queue. The descriptor is readable while the queue has events.
---@return integer
function Kqueue:fileno() end

---Closes the queue. Closing it again does nothing.
function Kqueue:close() end

---Applies changes, and waits for events.
---@param changelist table|nil a sequence of kevents
---@param max_events integer the maximum number of events; 0: do not wait
---@param timeout? number seconds; nil: no limit
---@return pysocket.Kevent[] # the events; empty after a timeout
---@async
function Kqueue:control(changelist, max_events, timeout) end

---Adds a descriptor to the set, or replaces the events of one that is in the set.
---@param fd any a descriptor, or an object with a descriptor
---@param eventmask? integer (POLLIN|POLLPRI|POLLOUT) `POLL*`
function Poll:register(fd, eventmask) end

---Replaces the events of a descriptor in the set.
---@param fd any a descriptor, or an object with a descriptor
---@param eventmask integer `POLL*`
function Poll:modify(fd, eventmask) end

---Removes a descriptor from the set. A descriptor that is not in the set is an argument
---error.
---@param fd any a descriptor, or an object with a descriptor
function Poll:unregister(fd) end

---Waits until descriptors of the set are ready.
---@param timeout? number milliseconds; nil or negative: no limit
---@return table # a sequence of `{fd, event}`; empty after a timeout. `POLLERR`, `POLLHUP` and `POLLNVAL` are always included
---@async
function Poll:poll(timeout) end

---Creates an epoll object that owns an existing descriptor.
---@param fd integer the descriptor of an epoll set
---@return pysocket.Epoll # the object
function Epoll.fromfd(fd) end

---Adds a descriptor to the set.
---@param fd any a descriptor, or an object with a method `fileno`
---@param eventmask? integer|table (EPOLLIN|EPOLLPRI|EPOLLOUT) the events to watch for, `EPOLL*`
---@param options? table the arguments above by name
---@overload fun(self: pysocket.Epoll, options: table)
function Epoll:register(fd, eventmask, options) end

---Changes the events that a descriptor of the set is watched for.
---@param fd any a descriptor, or an object with a method `fileno`
---@param eventmask integer the events to watch for, `EPOLL*`
function Epoll:modify(fd, eventmask) end

---Removes a descriptor from the set.
---@param fd any a descriptor, or an object with a method `fileno`
function Epoll:unregister(fd) end

---Returns the descriptor of the set itself, which is readable while a descriptor in the set
---is ready.
---@return integer # the descriptor
function Epoll:fileno() end

---Closes the set. A second call does nothing.
function Epoll:close() end

---Waits until a descriptor of the set is ready.
---@param timeout? number|table in seconds; nil or negative: no limit
---@param maxevents? integer|table (-1) the maximum number of descriptors to return; -1: 256
---@param options? table the arguments above by name
---@return table # a sequence of pairs `{fd, event}`; empty after the timeout
---@async
function Epoll:poll(timeout, maxevents, options) end

return select
