-- Drops a file with unsent bytes; prints whether they arrived.
local socket = require "pysocket"

warn("@on")
local a, b = socket.socketpair()
a:makefile("wb"):write("abc")
collectgarbage()
collectgarbage()
b:setblocking(false)
local _, err = socket.protect(b.recv)(b, 3)
print(socket.isinstance(err, socket.BlockingIOError) and "nothing arrived")
a:close()
b:close()
