-- What `acquire` of a semaphore, a lock or a condition returns for a `<close>` variable.

local core = require "pysocket.core"

local Held = core.class("pysocket.loop.held")

function Held:__close()
  self.release(self.of)
end

--- The value for one object: always the same, so that acquiring takes no memory.
-- @param of the object
-- @tparam function release called with the object when the variable is closed
local function new(of, release)
  return setmetatable({ of = of, release = release }, Held)
end

return { new = new }
