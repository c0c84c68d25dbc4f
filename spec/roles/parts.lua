-- parts: prints what parts of the library say of bad arguments where the whole is never required.

local loop = require "pysocket.loop"
local select_module = require "pysocket.select"
local selectors = require "pysocket.selectors"

print(select(2, pcall(function() loop.new():step("soon") end)))
print(select(2, pcall(function() select_module.select(1) end)))
print(select(2, pcall(function() selectors.DefaultSelector():register({}, 1) end)))
