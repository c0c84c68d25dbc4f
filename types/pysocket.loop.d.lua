---@meta pysocket.loop
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.loop
---@field Loop pysocket.Loop # the class of loops
local loop = {}

---A task. `tostring` tells its name and what it is doing.
---@class pysocket.Task
---@field name string|nil # for messages; may be set
local Task = {}

---What a cancelled task raises where it waits. It is no OSError: `protect` lets it pass.
---@class pysocket.CancelledError
---@field strerror string
---@field characters_written integer|nil # where it waited in `sendall` or `sendfile`: the bytes that had gone
local CancelledError = {}
loop.CancelledError = CancelledError

---A scheduler of tasks. `<close>` closes it.
---@class pysocket.Loop
---@field onerror function|nil # called with (task, error, traceback) for the errors of tasks that nobody joins; without, `run` and `step` raise them
local Loop = {}

---A new loop.
---@return pysocket.Loop # its field `onerror` may be set to a function of (task, error, traceback) for the errors of tasks that nobody joins; without, `run` and `step` raise them
function loop.new() end

---Runs a function as a task of a new loop until it returns; tasks that are left are
---cancelled.
---@param f function
---@param ... any its arguments
---@return any # what it returns
function loop.run(f, ...) end

---The loop whose task is running.
---@return pysocket.Loop|nil
function loop.running() end

---Starts a task in the loop that is running.
---@param f function
---@param ... any its arguments
---@return pysocket.Task
function loop.spawn(f, ...) end

---Lets the other tasks of the loop that is running go on for a while.
---@param seconds number 0: for one turn
function loop.sleep(seconds) end

---`timeout_after` of the loop that is running.
---@param seconds number
---@param f function
---@param ... any its arguments
---@return any # what it returns
function loop.timeout_after(seconds, f, ...) end

---`coroutine.wrap` for generators that wait: meanwhile the other tasks run. (What
---`coroutine.wrap` made may wait too, but the loop runs the others on top of it, and few
---tasks may do so at a time.)
---@param f function
---@return function
function loop.wrap(f) end

---Starts a function as a task; it begins at the loop's next turn.
---@param f function
---@param ... any its arguments
---@return pysocket.Task # its field `name` may be set, for messages
function Loop:spawn(f, ...) end

---Does what there is to do now, and returns: what a game calls each frame. It waits only
---where a task does that cannot yield (in a generator that `loop.wrap` did not make, a `gsub`
---callback).
---@param seconds? number the budget: no task is resumed after it is used up; nil: one turn
---@return boolean # whether there are tasks left
function Loop:step(seconds) end

---Runs until there are no tasks left, or `stop` is called.
function Loop:run() end

---Makes `run` return at the end of this turn.
function Loop:stop() end

---A descriptor that is readable when the kernel has something for the loop: to nest it in
---another.
---@return integer
function Loop:fileno() end

---How long the loop may be left alone, if its descriptor does not become readable.
---@return number|nil # seconds; 0: there is something to do; nil: no limit
function Loop:timeout() end

---Cancels all tasks, lets them clean up, and gives the descriptor back. It does not wait:
---what a task has to wait for while it cleans up, it is cancelled in again. Who wants to say
---goodbye to peers cancels the tasks and joins them before.
function Loop:close() end

---What the task is doing.
---@return string # `"ready"`, `"running"`, `"waiting"`, `"done"`, `"failed"` or `"cancelled"`
function Task:status() end

---Waits until the task has ended.
---@param timeout? number seconds; nil: no limit
---@return any # what its function returned
function Task:join(timeout) end

---Ends the task: it raises `CancelledError` where it waits, and its `<close>` variables are
---closed. A task that has not begun never does; one that has ended is left alone. Like any
---error, `CancelledError` can be caught with pcall: a task that does so goes on, and has to
---end by itself.
---@return boolean # whether there was something to cancel
function Task:cancel() end

---Waits as an operation of a task does that would block. Try first: what was ready before is
---not told.
---@param fd integer|nil nil: wait for the time alone
---@param events integer 1 read, 2 write, 3 either
---@param timeout? number seconds; nil: no limit
function Loop:wait(fd, events, timeout) end

---Lets the others run for a while. Outside of the loop's tasks it just waits.
---@param seconds number 0: for one turn
function Loop:sleep(seconds) end

---Calls a function under one deadline: what it waits for raises `timeout` once the time is
---over, however often it tries.
---@param seconds number
---@param f function
---@param ... any its arguments
---@return any # what it returns
function Loop:timeout_after(seconds, f, ...) end

return loop
