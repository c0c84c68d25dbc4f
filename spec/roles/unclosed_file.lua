-- Drops a file with unsent bytes; prints whether they arrived.
local socket = require "pysocket"

warn("@on")
local a, b = socket.socketpair()
a:makefile("wb"):write("abc")
collectgarbage()
collectgarbage()
b:setblocking(false)
print(socket.isinstance(select(2, pcall(b.recv, b, 3)), socket.BlockingIOError) and "nothing arrived")
a:close()
b:close()
