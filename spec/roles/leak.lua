-- leak CASE COUNT: makes a call fail COUNT times. Prints how many descriptors are open before and
-- after, and by how many KiB Lua's memory and the process grew at least in each quarter but the
-- first: a leak shows in all of them, a thread's first stack or arena in one.

local case, count = ...
count = tonumber(count)
local machine = require "spec.machine"
local socket = require "pysocket"

-- A port of loopback where nothing listens.
local closed = socket.socket()
closed:bind({"127.0.0.1", 0})
local refusing = closed:getsockname()

local listener = socket.socket()
listener:bind({"127.0.0.1", 0})
listener:listen()
local taken = listener:getsockname()

local a, b = socket.socketpair()
a:settimeout(1e-6)
local nonblocking, quiet = socket.socketpair()
nonblocking:settimeout(0)
listener:settimeout(1e-6)
local gone, peer = socket.socketpair()
peer:close()
if gone.family ~= socket.AF_UNIX then gone:shutdown(socket.SHUT_WR) end -- the first send over TCP would not fail
local cut = socket.socket()
cut:close()

local BAD <const> = ("[Errno %d]"):format(socket.errno.EBADF) -- which systems call by several names

-- What each failure says, and what fails.
local cases = {
  ["a refused connect"] = {"ConnectionRefusedError", function()
    local s <close> = socket.socket()
    s:connect(refusing)
  end},
  ["a refused connect of a forgotten socket"] = {"ConnectionRefusedError", function()
    socket.socket():connect(refusing)
  end},
  ["a refused create_connection"] = {"ConnectionRefusedError", function()
    socket.create_connection({"127.0.0.1", refusing[2]})
  end},
  ["a refused create_connection with all errors"] = {"ExceptionGroup", function()
    socket.create_connection({"127.0.0.1", refusing[2]}, {all_errors = true})
  end},
  ["a bind to a taken port"] = {"in use", function()
    local s <close> = socket.socket()
    s:bind(taken)
  end},
  ["a create_server on a taken port"] = {"in use", function() socket.create_server(taken) end},
  ["a create_server with an unknown option"] = {"bad argument", function()
    socket.create_server(taken, {color = 1})
  end},
  ["an address without a port"] = {"bad argument", function() gone:connect({"127.0.0.1"}) end},
  ["an address with a bad host"] = {"gaierror", function()
    local s <close> = socket.socket()
    s:connect({"no\0host", 80})
  end},
  ["a literal that is none"] = {"gaierror", function()
    socket.getaddrinfo("no literal", 80, {flags = socket.AI_NUMERICHOST})
  end},
  ["a name that does not exist"] = {"gaierror", function() socket.getaddrinfo("none.test", 80) end},
  ["an unknown service"] = {"not found", function() socket.getservbyname("no such service") end},
  ["a receive that times out"] = {"TimeoutError", function() a:recv(10) end},
  ["a receive into a buffer that times out"] = {"TimeoutError", function()
    a:recv_into(socket.bytearray(10))
  end},
  ["a receive of a message that times out"] = {"TimeoutError", function() a:recvmsg(10, 100) end},
  ["an accept that times out"] = {"TimeoutError", function() listener:accept() end},
  ["a receive that would block"] = {"BlockingIOError", function() nonblocking:recv(10) end},
  ["a large receive that would block"] = {"BlockingIOError", function()
    nonblocking:recv(1 << 20)
  end},
  ["a line that times out"] = {"TimeoutError", function() a:makefile("r"):read("l") end},
  ["a send to a peer that is gone"] = {"BrokenPipeError", function() gone:send("x") end},
  ["a file that sends to a peer that is gone"] = {"BrokenPipeError", function()
    local f <close> = gone:makefile("wb", 0)
    f:write("x")
  end},
  ["sending a bad descriptor"] = {BAD, function()
    socket.send_fds(b, {"x"}, {9999})
  end},
  ["a message with bad ancillary data"] = {"bad argument", function()
    b:sendmsg({"x"}, {{1, 2}})
  end},
  ["a family that does not exist"] = {"not supported", function() socket.socket(9999) end},
  ["a descriptor that is not open"] = {BAD, function()
    socket.socket({fileno = 9999})
  end},
  ["a duplicate of a closed socket"] = {BAD, function() cut:dup() end},
  ["a name of a closed socket"] = {BAD, function() cut:getsockname() end},
  ["an unknown option"] = {"OSError", function() a:getsockopt(9999, 9999) end},
  ["a buffer of negative size"] = {"bad argument", function() socket.bytearray(-1) end},
}

local kind, f = table.unpack(cases[case])

local function fail(times)
  for i = 1, times do
    local ok, err = pcall(f)
    if ok then error("it did not fail") end
    if i == 1 and not tostring(err):find(kind, 1, true) then error(err) end
    if i % 100 == 0 then collectgarbage() end
  end
end

local function memory()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count"), machine.memory()
end

assert(quiet:fileno() >= 0) -- it has to live
pcall(socket.getaddrinfo, "none.test", 80) -- the state's own descriptor for lookups is not counted
local before = #machine.descriptors()
fail(count // 4)
local least_heap, least_process = math.huge, math.huge
local heap, process = memory()
for _ = 2, 4 do
  fail(count // 4)
  local heap_after, process_after = memory()
  least_heap = math.min(least_heap, heap_after - heap)
  least_process = math.min(least_process, process_after - process)
  heap, process = heap_after, process_after
end
print(before)
print(#machine.descriptors())
print(least_heap)
print(least_process)
