-- shared PORT: connects to that port of this machine, sends the number of this process, and answers on the socket that is shared
-- with it then.

local machine = require "spec.machine"
local socket = require "pysocket"

local process <const> = machine.compiled("windows", "process")
local control <close> = socket.create_connection({"127.0.0.1", tonumber((...))})
local file <close> = control:makefile("rwb")
file:write(process(), "\n"):flush()
local s <close> = socket.fromshare(file:read(628))
print(s.family == socket.AF_INET, s.type == socket.SOCK_STREAM, s:get_inheritable())
s:sendall("from the other process, to which came " .. s:recv(100))
