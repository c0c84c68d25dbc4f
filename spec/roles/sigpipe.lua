-- sigpipe CALL: writes to a peer that is gone. Prints what it raised and its errno, and what the
-- process does about signals before and after.

local call = ...
local machine = require "spec.machine"
local socket = require "pysocket"

local function signals()
  local list = {}
  for i, field in ipairs({"SigBlk", "SigIgn", "SigCgt"}) do list[i] = machine.status(field) end
  return table.concat(list, " ")
end

local before = signals()
local a, b = socket.socketpair()
b:close()

-- Over TCP, what this side has shut down is as good as gone.
local server = socket.socket()
server:bind({"127.0.0.1", 0})
server:listen()
local address = server:getsockname()
local connected = socket.socket()
connected:connect(address)
connected:shutdown(socket.SHUT_WR)

local calls = {
  send = function() a:send("x") end,
  sendall = function() a:sendall("x") end,
  sendto = function() connected:sendto("x", address) end,
  sendmsg = function() a:sendmsg({"x"}) end,
  sendfile = function()
    local file <close> = assert(io.open(arg[0], "rb"))
    a:sendfile(file)
  end,
  relay = function()
    local near, from = socket.socketpair()
    near:send("x")
    socket.relay(from, a)
  end,
  write = function()
    local file = a:makefile("w")
    file:write("x")
    file:flush()
  end,
}

local ok, err = pcall(calls[call])
local broken = socket.isinstance(err, socket.BrokenPipeError)
print(ok and "nothing" or broken and "BrokenPipeError" or err)
print(not ok and err.errno)
print(before)
print(signals())
