-- Passes an open socket to another process: this process makes a pair of connected sockets, passes
-- one of them over a third socket, and receives from the other.
-- ./dev run examples/pass_descriptor.lua

local socket = require "pysocket"

-- The other process is this program again, with the path of the first process's socket as its
-- argument.
local function receiver(path)
  local channel <close> = socket.socket(socket.AF_UNIX)
  channel:connect(path)
  local text, fds = socket.recv_fds(channel, 100, 1)
  print(("child: got %q and %d descriptor"):format(text, #fds))
  local s <close> = socket.socket{fileno = fds[1]} -- the system reports family and type
  s:sendall("hello, over a socket that I did not open")
end

-- Quotes a word for the shell.
local function quoted(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function sender()
  local path = os.tmpname()
  os.remove(path)
  local listener <close> = socket.socket(socket.AF_UNIX)
  listener:settimeout(10)
  listener:bind(path)
  listener:listen()

  local first = -1
  while arg[first - 1] do first = first - 1 end
  local command = ("%s %s %s"):format(quoted(arg[first]), quoted(arg[0]), quoted(path))
  local child = assert(io.popen(command))
  local channel <close> = listener:accept()
  os.remove(path)

  local mine <close>, theirs = socket.socketpair()
  mine:settimeout(10)
  socket.send_fds(channel, {"a socket for you"}, {theirs:fileno()})
  theirs:close() -- the child has its own descriptor

  local text = mine:recv(100)
  io.write(child:read("a"))
  child:close()
  print(("parent: got %q"):format(text))
end

if arg[1] then receiver(arg[1]) else sender() end
