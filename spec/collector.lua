-- The modes of the garbage collector with their parameters: Lua 5.4 takes them all at once, Lua 5.5 each by a call of its own.
-- 0 leaves a parameter as it is.

local AT_ONCE <const> = _VERSION == "Lua 5.4"
local MOST <const> = 100000 -- of a parameter of Lua 5.5

local collector = {}

local function set(name, value)
  if value ~= 0 then collectgarbage("param", name, math.min(value, MOST)) end
end

-- `pause` and `multiplier` in per cent, `size` the binary logarithm of a step's bytes.
function collector.incremental(pause, multiplier, size)
  if AT_ONCE then return collectgarbage("incremental", pause, multiplier, size) end
  set("pause", pause)
  set("stepmul", multiplier)
  set("stepsize", size == 0 and 0 or 1 << size)
  return collectgarbage("incremental")
end

-- Both multipliers in per cent.
function collector.generational(minor, major)
  if AT_ONCE then return collectgarbage("generational", minor, major) end
  set("minormul", minor)
  set("minormajor", major)
  return collectgarbage("generational")
end

return collector
