-- security inheritance: makes descriptors in every way, and prints those that a child process would have of them.
-- security scenes: does everything there is, for those who look on.

local what = ...

if what == "scenes" then
  local everything = require "torture.everything"
  for _, name in ipairs(everything.names) do everything.scenes[name]() end
  everything.finish()
  return
end

local loop = require "pysocket.loop"
local select = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local function inherited()
  local pipe <close> = assert(io.popen("exec ls /proc/self/fd"))
  return pipe:read("a")
end

local before = inherited()
local server = socket.create_server({"127.0.0.1", 0})
local address = server:getsockname()
local a, b = socket.socketpair()
a:sendmsg({"x"}, {{socket.SOL_SOCKET, socket.SCM_RIGHTS, string.pack("i", 0)}})
local _, items = b:recvmsg(10, 100)
socket.send_fds(a, {"x"}, {0, 1, 2})
local _, fds = socket.recv_fds(b, 10, 3)
socket.setdefaulttimeout(5)
local made = {
  server, a, b, items, fds,
  socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC),
  socket.create_connection(address), server:accept(), socket.create_connection({"localhost", address.port}),
  a:dup(), socket.dup(a:fileno()), socket.fromfd(a:fileno(), a.family, a.type), socket.socket({fileno = socket.dup(b:fileno())}),
  select.epoll(), selectors.EpollSelector(), loop.new(), a:makefile("rwb"),
}
local l = loop.new()
l:spawn(function() select.select({a}) end)
l:spawn(function() socket.gethostbyaddr("127.0.0.1") end)
l:spawn(function() b:recvmsg(10, 100) end)
l:step()
assert(#fds == 3 and #made >= 18)
local after = inherited()
print(before == after and "none" or after)
