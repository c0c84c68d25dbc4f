-- What `require "pysocket"` returns: the core's functions and constants, and the Lua layer's.

local core = require "pysocket.core"

if core.module then return core.module end -- opened before in this state: the same classes
core.layer()

local connection = require "pysocket.connection"
local enums = require "pysocket.enums"
local fds = require "pysocket.fds"
local file = require "pysocket.file"
local names = require "pysocket.names"
local sendfile = require "pysocket.sendfile"
local server = require "pysocket.server"

-- for the Lua layer alone; epoll and poll are those of pysocket.select
local private <const> = {
  address_push = true,
  address_roundtrip = true,
  argerror = true,
  class = true,
  epoll = true,
  filedescriptor = true,
  filesize = true,
  layer = true,
  lines = true,
  poll = true,
  PIPE_BUF = true,
  raise = true,
  raise_errno = true,
  release = true,
  retain = true,
  sendfile = true,
}

local socket = {}
for name, value in pairs(core) do
  if not private[name] and not name:find("^E?POLL") then socket[name] = value end
end

for name, enum in pairs(enums) do socket[name] = enum end

core.socket.makefile = file.makefile
core.socket.sendfile = sendfile.sendfile
socket.SocketIO = file.SocketIO
socket.create_connection = connection.create_connection
socket.create_server = server.create_server
socket.has_dualstack_ipv6 = server.has_dualstack_ipv6
socket.getfqdn = names.getfqdn
socket.recv_fds = fds.recv_fds
socket.send_fds = fds.send_fds

core.module = socket
return socket
