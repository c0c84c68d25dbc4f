---@meta pysocket.schedulers.luv
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.schedulers.luv
local luv = {}

---Waiting in the hands of libuv's loop: to be given to `socket.setscheduler`.
---@class pysocket.Scheduler
---@field onerror fun(error: any, traceback: string) # called with the error of a task and its traceback
local Scheduler = {}

---A scheduler for `socket.setscheduler`.
---@return pysocket.Scheduler # its field `onerror` is called with the error of a task and its traceback; without one of yours it raises, which luv reports as it does for callbacks
function luv.new() end

---Starts a function in a coroutine of its own, which begins when libuv's loop runs.
---@param f async fun(...)
---@param ... any its arguments
---@return thread
function Scheduler:spawn(f, ...) end

return luv
