-- Runs a function in finalizers, as often as a small heap lets them run, until it returns false. A
-- function that tells how often it has run.
local collector = require "spec.collector"

return function(f)
  local fired = 0
  local function arm()
    setmetatable({}, { __gc = function()
      fired = fired + 1
      if f() ~= false then arm() end
    end })
  end
  arm()
  collector.incremental(1, 1000, 4)
  collectgarbage()
  return function() return fired end
end
