-- scenes LIBRARY ROUNDS: all scenes, so many times, under the rain of faults.c or storm.c.

local everything = require "torture.everything"

local library, rounds = ...
assert(package.loadlib(library, "rain"))(1, 20, 0, 0)
for _ = 1, tonumber(rounds) do
  for _, name in ipairs(everything.names) do everything.scenes[name]() end
end
print(("%d rounds of %d scenes, %d faults or signals"):format(rounds, #everything.names, assert(package.loadlib(library, "injected"))()))
everything.finish()
