-- A finalizer takes a line from an iterator that is about to receive: lines that are there then are
-- not waited for.
local socket = require "pysocket"

local a, b = socket.socketpair()
b:settimeout(1)
local f = b:makefile("rb", 8192)
local next_line = f:lines()
a:sendall(("x"):rep(2999) .. "\n" .. ("y"):rep(2999) .. "\nbegun ")
next_line()
next_line()
a:sendall("first\nsecond\nthird\n")
require "spec.collector".incremental(1, 1000, 20)
collectgarbage()
local inner
setmetatable({}, { __gc = function() inner = next_line() end })
local ok, outer = pcall(next_line)
print(inner, ok and outer)
