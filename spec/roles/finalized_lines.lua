-- Reads lines while finalizers use the file, as often as a small heap lets them run.
local socket = require "pysocket"

local a, b = socket.socketpair()
local lines = {}
for i = 1, 300 do lines[i] = ("line %d "):format(i) .. ("x"):rep(i % 90) end
a:sendall(table.concat(lines, "\n") .. "\n")
a:close()
local f = b:makefile("rb")

local fired, armed = 0, true
local function arm()
  setmetatable({}, { __gc = function()
    fired = fired + 1
    if not armed then return end
    f:pending()
    arm()
  end })
end
arm()
collectgarbage("incremental", 1, 1000, 4)

local got = 0
for line in f:lines() do
  got = got + 1
  if line ~= lines[got] then print("line " .. got .. " is " .. line) end
end
armed = false
print(got, fired > 10)
