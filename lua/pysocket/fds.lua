-- Passing open descriptors to another process, over AF_UNIX.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"

local SIZE <const> = string.packsize("i") -- of a descriptor in a message

-- Ancillary data whose descriptors nobody has yet; false once somebody has them.
local Received = core.class("pysocket.received")
Received.__close = core.close_descriptors

-- A socket, or an object that stands for one.
local function check_socket(name, sock, method)
  if core.isinstance(sock, core.socket) or type(sock) == "table" and sock[method] then return end
  core.argerror(1, name, "socket expected, got " .. arguments.type_name(sock))
end

-- The descriptors as they are in a message.
local function pack(fds)
  if type(fds) ~= "table" then
    core.argerror(3, "send_fds", "fds must be a table of descriptors, got " .. type(fds))
  end
  local packed = {}
  for i, value in ipairs(fds) do
    local fd = math.type(value) and math.tointeger(value)
    if not fd or fd < -0x80000000 or fd > 0x7FFFFFFF then
      local message = ("fds[%d] must be a descriptor, got %s"):format(i, core.describe(value))
      core.argerror(3, "send_fds", message)
    end
    packed[i] = string.pack("i", fd)
  end
  return table.concat(packed)
end

--- Sends descriptors to another process, with at least one byte of data.
-- `flags` and `address` count, while Python takes and ignores them: a fault of its own.
-- @function send_fds
-- @async
-- @tparam socket sock of `AF_UNIX`
-- @tparam table buffers a sequence of strings and bytearrays, as for `sendmsg`
-- @tparam table fds a sequence of descriptors; they stay open here
-- @tparam[opt=0] integer flags `MSG_*`
-- @tparam[opt] address address
-- @tparam[opt] table options those above by name
-- @treturn integer bytes sent
-- @raise OSError as sendmsg(2), EBADF for a descriptor that is not open; BlockingIOError, timeout
-- @see Python's socket.send_fds
local function send_fds(...)
  local sock, buffers, fds, flags, address =
    core.arguments("send_fds", 5, "sock{} buffers{} fds{} flags= address{}=", ...)
  check_socket("send_fds", sock, "sendmsg")
  local rights = { core.SOL_SOCKET, core.SCM_RIGHTS, pack(fds) }
  return arguments.relay(
    "send_fds", { 2, 3, 4, 5 }, sock.sendmsg, sock, buffers, { rights }, flags, address)
end

local function receive(sock, bufsize, room, flags)
  local received <close> = setmetatable({ false }, Received)
  local data, ancdata, msg_flags, address =
    arguments.relay("recv_fds", { 2, 3, 4 }, sock.recvmsg, sock, bufsize, room, flags)
  received[1] = ancdata
  return data, core.take_descriptors(received), msg_flags, address
end

--- Receives data and descriptors. They are not inherited by child processes, and are the caller's
-- to close.
-- @function recv_fds
-- @async
-- @tparam socket sock of `AF_UNIX`
-- @tparam integer bufsize the most data that is received, in bytes
-- @tparam integer maxfds the most descriptors that are received; the system closes those beyond,
-- and says `MSG_CTRUNC`
-- @tparam[opt=0] integer flags `MSG_*`
-- @tparam[opt] table options those above by name
-- @treturn string
-- @treturn table a sequence of descriptors
-- @treturn integer `MSG_*`
-- @treturn ?address the sender's, or nil
-- @raise OSError as recvmsg(2), BlockingIOError, timeout
-- @see Python's socket.recv_fds
local function recv_fds(...)
  local sock, bufsize, maxfds, flags =
    core.arguments("recv_fds", 4, "sock{} bufsize maxfds flags=", ...)
  check_socket("recv_fds", sock, "recvmsg")
  local most = math.type(maxfds) and math.tointeger(maxfds)
  if not most or most < 0 or most > 0x7FFFFFFF // SIZE - core.CMSG_LEN(0) then
    local message = "maxfds must be a number of descriptors, got %s"
    core.argerror(3, "recv_fds", message:format(core.describe(maxfds)))
  end
  return cleanup.closing(receive, sock, bufsize, core.CMSG_LEN(most * SIZE), flags)
end

return { recv_fds = recv_fds, send_fds = send_fds }
