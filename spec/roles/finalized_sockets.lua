-- Makes sockets of many kinds while finalizers do so too; then gives the class a method.
local finalizers = require "spec.finalizers"
local socket = require "pysocket"

local sockets, timeout = {}, 0

local function make()
  local s = socket.socket()
  s:settimeout(timeout)
  sockets[#sockets + 1] = s
end

local fired = finalizers(make)
for i = 1, 30 do
  timeout = i
  make()
end
socket.socket.greet = function() return "hello" end
for _, s in ipairs(sockets) do assert(s:greet() == "hello") end
print(fired() > 10)
os.exit() -- at once: finalizers would go on
