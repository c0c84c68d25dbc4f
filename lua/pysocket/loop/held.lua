-- The value that `acquire` of a semaphore, a lock or a condition returns for a `<close>` variable.

local core = require "pysocket.core"

local Held = core.class("pysocket.loop.held")

function Held:__close()
  self.release(self.of)
end

--- Creates the value of one object. The object keeps it, so that `acquire` needs no memory.
-- @param of the object
-- @tparam function release called with the object at the end of the variable's block
local function new(of, release)
  return setmetatable({ of = of, release = release }, Held)
end

return { new = new }
