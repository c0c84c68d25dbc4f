---@meta pysocket.schedulers.cqueues
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.schedulers.cqueues
local cqueues = {}

---Waiting in the hands of cqueues: to be given to `socket.setscheduler`.
---@class pysocket.Scheduler
---@field controller any # of cqueues
local Scheduler = {}

---A scheduler for `socket.setscheduler`.
---@param controller? any what `cqueues.new` gave; without, a new one: the field `controller`
---@return pysocket.Scheduler
function cqueues.new(controller) end

---Starts a function in a coroutine of the controller.
---@param f async fun(...)
---@param ... any its arguments
function Scheduler:spawn(f, ...) end

return cqueues
