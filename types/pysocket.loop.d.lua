---@meta pysocket.loop
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.loop
---@field Condition pysocket.Condition # the class of conditions
---@field Event pysocket.Event # the class of events
---@field Group pysocket.Group # the class of groups
---@field Lock pysocket.Lock # the class of locks
---@field Queue pysocket.Queue # the class of queues
---@field Semaphore pysocket.Semaphore # the class of semaphores
---@field Server pysocket.Server # the class of servers
---@field Loop pysocket.Loop # the class of loops
local loop = {}

---A lock, with a line of tasks that wait for a change of the data that the lock guards.
---@class pysocket.Condition
local Condition = {}

---A flag, and the tasks that wait until it is set.
---@class pysocket.Event
local Event = {}

---Tasks that belong to a block: `local g <close> = loop.group()`. The end of the block waits
---until all of its tasks have ended. The first failure of a task cancels the other tasks and
---the block, and the end of the block raises the failure (an ExceptionGroup if several tasks
---failed). An error or a cancel of the block cancels the tasks, too.
---@class pysocket.Group
local Group = {}

---A lock, which one task at a time holds. Waiting tasks get the lock in the order of their
---calls.
---@class pysocket.Lock
local Lock = {}

---A queue of items between tasks, first in, first out. Tasks that wait for an item or for a
---free place are served in the order of their calls. `for item in q do` takes items until the
---queue is closed and empty. `<close>` closes the queue.
---@class pysocket.Queue
local Queue = {}

---raised by `get_nowait` if the queue has no item for the caller
---@class pysocket.QueueEmpty: pysocket.OSError
local QueueEmpty = {}
loop.QueueEmpty = QueueEmpty

---raised by `put_nowait` if the queue has no free place for the caller
---@class pysocket.QueueFull: pysocket.OSError
local QueueFull = {}
loop.QueueFull = QueueFull

---raised by `put` and `put_nowait` if the queue is closed
---@class pysocket.QueueShutDown: pysocket.OSError
local QueueShutDown = {}
loop.QueueShutDown = QueueShutDown

---A number of permits. Waiting tasks get permits in the order of their calls.
---@class pysocket.Semaphore
local Semaphore = {}

---A server of a listening socket. `<close>` closes it.
---@class pysocket.Server
local Server = {}

---a scheduler of tasks; `<close>` closes it; users may set other fields, too
---@class pysocket.Loop
---@field onerror fun(task: pysocket.Task, error: any, traceback: string)|nil # called for the error of a task that no task joined; without it, `run` and `step` raise the error
---@field onwake fun()|nil # called by `run` and `step` after another thread has woken the loop (`pysocket_wake`)
local Loop = {}

---a function that a loop runs; `tostring` returns its name and its state; users may set other
---fields, too
---@class pysocket.Task
---@field name string|nil # for messages; users may set it
local Task = {}

---raised by the wait of a cancelled task; it is not an OSError, so `protect` lets it pass
---@class pysocket.CancelledError
---@field strerror string
---@field characters_written integer|nil # of `sendall` and `sendfile`: the number of bytes sent before
local CancelledError = {}
loop.CancelledError = CancelledError

---Pauses the task while the other tasks of its loop run. Outside of a task, pauses the
---program.
---@param seconds number 0: for one turn of the other tasks
---@async
function loop.sleep(seconds) end

---Runs a function as a task of a new loop until the function returns, and cancels the
---remaining tasks.
---@param f async fun(...)
---@param ... any its arguments
---@return any ... # the results of `f`
function loop.run(f, ...) end

---Starts a task in the running loop.
---@param f async fun(...)
---@param ... any its arguments
---@return pysocket.Task
function loop.spawn(f, ...) end

---Waits for a descriptor that is not a socket of the library: a pipe, a pidfd, inotify, or a
---descriptor of another library. In a task, the other tasks run meanwhile.
---@param fd any a descriptor, or an object with a descriptor
---@param events integer 1 read, 2 write, 4 urgent data, or a sum of these
---@param timeout? number seconds; nil: no limit
---@return integer|nil # the events that occurred; all of `events` after an error or a hang-up; nil after a timeout
---@async
function loop.wait(fd, events, timeout) end

---Calls `timeout_after` of the running loop.
---@param seconds number
---@param f async fun(...)
---@param ... any its arguments
---@return any ... # the results of `f`
---@async
function loop.timeout_after(seconds, f, ...) end

---Creates a condition.
---@param lock? pysocket.Lock the lock, which several conditions may share; nil: a new lock
---@return pysocket.Condition
function loop.condition(lock) end

---Creates an event, which is not set.
---@return pysocket.Event
function loop.event() end

---Creates a group for a block of the running task.
---@return pysocket.Group
function loop.group() end

---Runs functions as tasks until the first of them returns, and cancels the others. A failure
---ends the race, too.
---@param ... async fun(...) functions without arguments
---@return any ... # the results of the first function that returned
---@async
function loop.first(...) end

---Creates a lock.
---@return pysocket.Lock
function loop.lock() end

---Creates a queue.
---@param maxsize? integer (0) the maximum number of items, also a field of the queue; 0: no limit
---@return pysocket.Queue
function loop.queue(maxsize) end

---Creates a semaphore.
---@param value? integer (1) the number of permits
---@return pysocket.Semaphore
function loop.semaphore(value) end

---Serves a listening socket: accepts connections, and calls the handler for each in a task of
---its own. The connection is closed when the handler returns or raises; an error of a handler
---does not end the server. During a shortage of descriptors or memory (EMFILE, ENFILE,
---ENOBUFS, ENOMEM), the server pauses until a connection has ended, at most for a second. A
---connection that the client aborts before `accept` is skipped. The server closes the
---listener when it stops, and it stops when other code closes the listener.
---@param listener pysocket.Socket
---@param handler async fun(connection: pysocket.Socket, address: pysocket.Address)
---@param options? table `limit` (the maximum number of connections; further ones wait in the listener's queue), `timeout` (the timeout of each connection in seconds), `lifetime` (seconds for each call of the handler, as by `timeout_after`), `handshake_timeout` (seconds for the TLS handshake, which precedes the handler: 60; false: no limit), `onerror` (called with (error, address, traceback) for an error of a handler or of a handshake, and without an address for a shortage; an error of `onerror` ends the server. Without it, the loop's `onerror` is called, or else `warn`)
---@return pysocket.Server
---@overload fun(options: table): pysocket.Server
function loop.serve(listener, handler, options) end

---Makes a generator as `coroutine.wrap` does; while the generator waits, the other tasks run.
---(A generator of `coroutine.wrap` may wait, too, but the other tasks then run on top of it,
---and only eight tasks may wait so at a time.) While one task waits in it, a call in another
---task raises an error.
---@param f fun(...)
---@return function
function loop.wrap(f) end

---Creates a loop.
---@return pysocket.Loop
function loop.new() end

---Returns the loop of the running task.
---@return pysocket.Loop|nil # nil outside of a task
function loop.running() end

---Pauses the task while the other tasks run. Outside of the loop's tasks, pauses the program.
---@param seconds number 0: for one turn of the other tasks
---@async
function Loop:sleep(seconds) end

---Waits for a descriptor or for a time, as the library does in an operation of a task.
---@param fd integer|nil nil: wait for the time alone
---@param events integer 1 read, 2 write, 3 either
---@param timeout? number seconds; nil: no limit
---@async
function Loop:wait(fd, events, timeout) end

---Calls a function under a deadline. After the deadline, each call in the function that has
---to wait raises `timeout`.
---@param seconds number
---@param f async fun(...)
---@param ... any its arguments
---@return any ... # the results of `f`
---@async
function Loop:timeout_after(seconds, f, ...) end

---Acquires the lock of the condition, as `lock:acquire` does.
---@param timeout? number seconds; nil: no limit
---@return any # a value for a `<close>` variable, which releases the lock
---@async
function Condition:acquire(timeout) end

---Releases the lock of the condition.
function Condition:release() end

---Returns whether a task holds the lock of the condition, or is about to.
---@return boolean
function Condition:locked() end

---Releases the lock, waits for a notification, and acquires the lock again, also before it
---raises.
---@param timeout? number seconds until the notification; nil: no limit
---@return boolean # true
---@async
function Condition:wait(timeout) end

---Calls a function, now and after each notification, until it returns a true value.
---@param predicate fun() called while the task holds the lock
---@param timeout? number seconds; nil: no limit
---@return any # the result of the function
---@async
function Condition:wait_for(predicate, timeout) end

---Wakes waiting tasks, in the order of their calls.
---@param n? integer (1) the maximum number of tasks
function Condition:notify(n) end

---Wakes all waiting tasks.
function Condition:notify_all() end

---Waits until the event is set. Returns at once if it is set already.
---@param timeout? number seconds; nil: no limit
---@return boolean # true
---@async
function Event:wait(timeout) end

---Sets the event: all waiting tasks continue, even if the event is cleared before their turn.
function Event:set() end

---Clears the event: later calls of `wait` wait again.
function Event:clear() end

---Returns whether the event is set.
---@return boolean
function Event:is_set() end

---Starts a function as a task of the group. In a cancelled group, the task is cancelled, too.
---@param f async fun(...)
---@param ... any its arguments
---@return pysocket.Task
function Group:spawn(f, ...) end

---Cancels all tasks of the group. The block continues.
function Group:cancel() end

---Acquires the lock; waits while another task holds it.
---@param timeout? number seconds; nil: no limit
---@return any # a value for a `<close>` variable, which releases the lock
---@async
function Lock:acquire(timeout) end

---Releases the lock; the task that has waited longest gets it.
function Lock:release() end

---Returns whether a task holds the lock, or is about to.
---@return boolean
function Lock:locked() end

---Puts an item into the queue; waits while the queue is full.
---@param item any any value but nil
---@param timeout? number seconds; nil: no limit
---@async
function Queue:put(item, timeout) end

---Puts an item into the queue without waiting.
---@param item any any value but nil
function Queue:put_nowait(item) end

---Takes the first item; waits while the queue is empty.
---@param timeout? number seconds; nil: no limit
---@return any # the item; nil if the queue is closed and empty
---@async
function Queue:get(timeout) end

---Takes the first item without waiting.
---@return any # the item; nil if the queue is closed and empty
function Queue:get_nowait() end

---Closes the queue: `put` raises, also in tasks that wait in it; `get` returns the remaining
---items, and then nil.
function Queue:close() end

---Returns the number of items in the queue.
---@return integer
function Queue:qsize() end

---Returns whether `get` would wait or return nil. Items for tasks that wait in `get` do not
---count.
---@return boolean
function Queue:empty() end

---Returns whether `put` would wait. Places for tasks that wait in `put` do not count.
---@return boolean
function Queue:full() end

---Acquires a permit; waits while none is free.
---@param timeout? number seconds; nil: no limit
---@return any # a value for a `<close>` variable, which releases the permit
---@async
function Semaphore:acquire(timeout) end

---Releases a permit.
function Semaphore:release() end

---Returns whether `acquire` would wait.
---@return boolean
function Semaphore:locked() end

---Stops the server: closes the listener, waits until all connections have ended, and cancels
---the remaining ones when the time is over. In a handler of the server, it returns at once,
---and the server stops after the handler has returned.
---@param timeout? number seconds; nil: no limit. A second call may shorten the time
function Server:stop(timeout) end

---Stops the server at once: cancels the connections, and waits until their tasks have ended.
function Server:close() end

---Waits until the server has stopped.
---@param timeout? number seconds; nil: no limit
---@async
function Server:join(timeout) end

---Starts a function as a task. The task begins in the next round of the loop.
---@param f async fun(...)
---@param ... any its arguments
---@return pysocket.Task
function Loop:spawn(f, ...) end

---Makes `run` return at the end of this round. A `join` from outside of the loop's tasks, as
---in `loop.run`, then raises an error.
function Loop:stop() end

---Returns a descriptor that is readable while the kernel has events for the loop. Another
---event loop can wait for it.
---@return integer|nil # nil if the poller of the system has no descriptor
function Loop:fileno() end

---Returns the time until the next call of `step`, unless the loop's descriptor becomes
---readable before.
---@return number|nil # seconds; 0: a task is ready; nil: no limit
function Loop:timeout() end

---Cancels all tasks, lets them clean up, and closes the loop's descriptors. The call does not
---wait: a task that has to wait while it cleans up is cancelled again. To say goodbye to
---peers, cancel the tasks and join them before.
function Loop:close() end

---Runs the loop until no task is left, or until `stop` is called.
function Loop:run() end

---Runs the tasks that are ready, and returns; a game calls it once a frame. With `wait`, it
---goes on until that time has passed, for example until the next frame. Without `wait`, it
---waits only if a task waits where Lua cannot yield (in a generator that `loop.wrap` did not
---make, in a `gsub` callback).
---@param seconds? number the budget, after which no task is resumed; nil: one round, or with `wait` no limit
---@param wait? number the time in seconds after which it returns; nil: it returns when no task is ready
---@return boolean # whether tasks are left
function Loop:step(seconds, wait) end

---Waits until the task has ended.
---@param timeout? number seconds; nil: no limit
---@return any ... # the results of its function
---@async
function Task:join(timeout) end

---Returns the state of the task.
---@return string # `"ready"`, `"running"`, `"waiting"`, `"done"`, `"failed"` or `"cancelled"`
function Task:status() end

---Cancels the task: its wait raises `CancelledError`, and its `<close>` variables are closed.
---A task that has not begun never begins; the sockets and files among its arguments are
---closed. A task that has ended does not change. Code in the task may catch `CancelledError`
---with pcall, as any error; the task then continues, and has to end by itself.
---@return boolean # false if the task has ended already
function Task:cancel() end

return loop
