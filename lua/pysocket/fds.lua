-- Passing open descriptors to another process over AF_UNIX.

local arguments = require "pysocket.arguments"
local cleanup = require "pysocket.cleanup"
local core = require "pysocket.core"

local SIZE <const> = string.packsize("i") -- of a descriptor in a message

-- Ancillary data with descriptors that this file still owns; false after the caller owns them.
local Received = core.class("pysocket.received")
Received.__close = core.close_descriptors

-- Checks a socket, or an object with the method.
local function check_socket(name, sock, method)
  if core.isinstance(sock, core.socket) or type(sock) == "table" and sock[method] then return end
  core.argerror(1, name, "socket expected, got " .. arguments.type_name(sock))
end

-- Packs descriptors as a message contains them.
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

--- Sends descriptors to another process, with at least one byte of data. `flags` and `address` have
-- an effect, while Python ignores both by mistake.
-- @function send_fds
-- @async
-- @tparam socket sock a socket of `AF_UNIX`
-- @tparam table buffers a sequence of strings and bytearrays, as for `sendmsg`
-- @tparam table fds a sequence of descriptors; they stay open here
-- @tparam[opt=0] integer flags `MSG_*`
-- @tparam[opt] address address the receiver, if the socket is not connected
-- @tparam[opt] table options the arguments above by name
-- @treturn integer the number of bytes sent
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

--- Receives data and descriptors. The caller owns the descriptors and has to close them; child
-- processes do not inherit them.
-- @function recv_fds
-- @async
-- @tparam socket sock a socket of `AF_UNIX`
-- @tparam integer bufsize the maximum number of bytes
-- @tparam integer maxfds the maximum number of descriptors; the system closes further ones and sets
-- `MSG_CTRUNC`
-- @tparam[opt=0] integer flags `MSG_*`
-- @tparam[opt] table options the arguments above by name
-- @treturn string the data
-- @treturn table a sequence of descriptors
-- @treturn integer the flags of the message, `MSG_*`
-- @treturn ?address the sender's address; nil where the system returns none
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
