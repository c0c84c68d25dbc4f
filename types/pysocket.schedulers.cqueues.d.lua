---@meta pysocket.schedulers.cqueues
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.schedulers.cqueues
local cqueues = {}

---A scheduler on cqueues, for `socket.setscheduler`.
---@class pysocket.Scheduler
---@field controller any # the controller of cqueues
local Scheduler = {}

---Creates a scheduler for `socket.setscheduler`.
---@param controller? any a controller of `cqueues.new`; nil: a new one. It becomes the field `controller`
---@return pysocket.Scheduler
function cqueues.new(controller) end

---Starts a function in a coroutine of the controller.
---@param f async fun(...)
---@param ... any its arguments
function Scheduler:spawn(f, ...) end

return cqueues
