-- Gives an open socket away: this process makes a pair of connected sockets, passes one of them to
-- another process, over a third socket, and hears from it.
-- ./dev run examples/pass_descriptor.lua

local socket = require "pysocket"

-- The other process: this program again, with the path where it finds the first one.
local function receiver(path)
  local channel <close> = socket.socket(socket.AF_UNIX)
  channel:connect(path)
  local text, fds = socket.recv_fds(channel, 100, 1)
  print(("child: got %q and %d descriptor"):format(text, #fds))
  local s <close> = socket.socket{fileno = fds[1]} -- what it is, the system knows
  s:sendall("hello, over a socket that I did not open")
end

-- One word for the shell.
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
  theirs:close() -- ours: the child has its own

  local text = mine:recv(100)
  io.write(child:read("a"))
  child:close()
  print(("parent: got %q"):format(text))
end

if arg[1] then receiver(arg[1]) else sender() end
