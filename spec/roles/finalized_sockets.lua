-- Makes sockets of many kinds while finalizers, as often as a small heap lets them run, do so too; then
-- gives the class a method.
local socket = require "pysocket"

local sockets, timeout = {}, 0

local function make()
  local s = socket.socket()
  s:settimeout(timeout)
  sockets[#sockets + 1] = s
end

local fired = 0
local function arm()
  setmetatable({}, { __gc = function()
    fired = fired + 1
    make()
    arm()
  end })
end
arm()
collectgarbage("incremental", 1, 1000, 4)
collectgarbage()

for i = 1, 30 do
  timeout = i
  make()
end
socket.socket.greet = function() return "hello" end
for _, s in ipairs(sockets) do assert(s:greet() == "hello") end
print(fired > 10)
os.exit() -- at once: finalizers would go on
