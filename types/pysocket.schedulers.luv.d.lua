---@meta pysocket.schedulers.luv
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.schedulers.luv
local luv = {}

---A scheduler on libuv's loop, for `socket.setscheduler`.
---@class pysocket.Scheduler
---@field onerror fun(error: any, traceback: string) # called with the error of a task and its traceback
local Scheduler = {}

---Creates a scheduler for `socket.setscheduler`.
---@return pysocket.Scheduler # its field `onerror` is called with the error of a task and its traceback; by default it raises the error, which luv reports as an error of a callback
function luv.new() end

---Starts a function in a coroutine of its own, which begins when libuv's loop runs.
---@param f async fun(...)
---@param ... any its arguments
---@return thread
function Scheduler:spawn(f, ...) end

return luv
