-- interrupted WAIT FILE: waits on Windows, in a call or in tasks, until Ctrl-C is pressed, which it does itself, once: by the second
-- one the interpreter would end. Writes what became of the wait to the file.

local wait, path = ...
local loop = require "pysocket.loop"
local machine = require "spec.machine"
local socket = require "pysocket"

local PATIENCE <const> = 60 -- seconds

local a, b = socket.socketpair()
a:settimeout(PATIENCE)

local waits <const> = {
  call = function() a:recv(1) end,
  tasks = function() loop.run(a.recv, a, 1) end,
}

machine.compiled("windows", "interrupt")(500)
local _, err = pcall(waits[wait])
b:close()
local f <close> = assert(io.open(path, "w"))
f:write(tostring(err):match("[^ ]*$"))
