-- fds PATH: receives descriptors of sockets from the one that listens there, and sends through each
-- of them its place in the message and whether it is inherited. Prints how many came.

local path = ...
local socket = require "pysocket"

local s <close> = socket.socket(socket.AF_UNIX)
s:connect(path)
local _, fds = socket.recv_fds(s, 1, 100)
for i, fd in ipairs(fds) do
  local received <close> = socket.socket({fileno = fd})
  received:sendall(("%d %s\n"):format(i, received:get_inheritable()))
end
print(#fds)
