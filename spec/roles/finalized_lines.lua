-- Reads lines while finalizers look into the file. The argument is the size of the file's buffer.
local finalizers = require "spec.finalizers"
local socket = require "pysocket"

local a, b = socket.socketpair()
local lines = {}
for i = 1, 300 do lines[i] = ("line %d "):format(i) .. ("x"):rep(i * 7 % 200) end
a:sendall(table.concat(lines, "\n") .. "\n")
a:close()
local f = b:makefile("rb", tonumber(arg[1]))

local armed = true
local fired = finalizers(function()
  if armed and f:pending() > 0 then f:peek() end
  return armed
end)

local got = 0
for line in f:lines() do
  got = got + 1
  if line ~= lines[got] then print("line " .. got .. " is " .. line) end
end
armed = false
print(got, fired() > 10)
