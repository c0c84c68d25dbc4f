-- The modes of the garbage collector with their parameters: Lua 5.4 takes them all at once, Lua 5.5 each by a call of its own.
-- 0 leaves a parameter as it is. The multiplier at which Lua 5.4 is all but at the end in one step is 0 in Lua 5.5.

local AT_ONCE <const> = _VERSION == "Lua 5.4"
local UNLIMITED <const> = 1000

local collector = {}

local function set(name, given, value)
  if given ~= 0 then collectgarbage("param", name, value or given) end
end

-- `pause` and `multiplier` in per cent, `size` the binary logarithm of a step's bytes.
function collector.incremental(pause, multiplier, size)
  if AT_ONCE then return collectgarbage("incremental", pause, multiplier, size) end
  set("pause", pause)
  set("stepmul", multiplier, multiplier < UNLIMITED and multiplier or 0)
  set("stepsize", size, 1 << math.min(size, 16))
  return collectgarbage("incremental")
end

-- Both multipliers in per cent.
function collector.generational(minor, major)
  if AT_ONCE then return collectgarbage("generational", minor, major) end
  set("minormul", minor)
  set("minormajor", major)
  return collectgarbage("generational")
end

-- Begins the next cycle as soon as one is over, and does a part of it with each 256 bytes.
function collector.steady()
  return collector.incremental(100, 400, 8)
end

-- All but a cycle with each step: the pause is as good as none. (One of 0 would be the default's 200 per cent.)
function collector.restless()
  return collector.incremental(10, UNLIMITED, 0)
end

return collector
