-- socket:sendfile: sends a file by sendfile(2), or by reads and sends where the system cannot.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"

local BLOCK <const> = 8192 -- bytes read and sent at once

-- What a file is: an integer, or anything with the methods of Lua's file handle.

-- Returns a field of a value, or nil if the value has no fields.
local function field(file, name)
  local kind = type(file)
  if kind == "table" then return file[name] end
  if kind ~= "userdata" then return nil end
  local meta = getmetatable(file)
  return type(meta) == "table" and meta.__index and file[name]
end

-- Returns the descriptor; nil for a file without one, such as an object that reads from memory.
local function descriptor(file)
  local ok, fd = pcall(core.filedescriptor, file)
  if ok then return fd end
  if not core.isinstance(fd, core.UnsupportedOperation) then error(fd, 0) end
end

-- Calls `seek`; returns nil for a file without positions.
local function seek(file, place)
  if not field(file, "seek") then return nil end
  if field(file, "seekable") and not file:seekable() then return nil end
  return file:seek("set", place)
end

local function seek_or_raise(file, place)
  local found, text, errno = seek(file, place)
  if found then return end
  if math.type(errno) == "integer" then core.raise_errno(errno, "seek") end
  core.raise("OSError", { strerror = text or "the file has no positions", call = "seek" })
end

-- Positions the file behind the bytes that were sent.
local function leave(file, offset, sent)
  if sent > 0 then seek(file, offset + sent) end
end

-- Checks.

local function check_file(file)
  if io.type(file) == "closed file" or field(file, "closed") == true then
    core.argerror(1, "sendfile", "I/O operation on closed file")
  end
  local mode = field(file, "mode")
  if type(mode) == "string" and not mode:find("b", 1, true) then
    local message = "file must be opened in binary mode, got mode '%s'"
    core.argerror(1, "sendfile", message:format(mode))
  end
  local is_file = math.type(file) == "integer" or field(file, "read") or field(file, "fileno")
  if not is_file then
    local got = arguments.type_name(file)
    core.argerror(1, "sendfile", "file must be a file or a descriptor, got " .. got)
  end
end

local function check_type(s)
  if s.type & core.SOCK_STREAM ~= 0 then return end
  core.argerror(0, "sendfile", "only SOCK_STREAM type sockets are supported")
end

local function check_blocking(s)
  if s:gettimeout() ~= 0 then return end
  core.argerror(0, "sendfile", "non-blocking sockets are not supported")
end

-- The two ways.

-- Whether to try reading after sendfile(2) has failed: not after an error of the socket.
local function is_refusal(err)
  return core.isinstance(err, core.error)
    and not core.isinstance(err, core.timeout)
    and not core.isinstance(err, core.ConnectionError)
    and err.name ~= "EBADF"
end

-- Returns the number of bytes sent; nil if the system cannot send this file.
local function send_by_system(s, file, fd, offset, count)
  local ok, result = pcall(core.sendfile, s, fd, offset, count or math.maxinteger)
  local sent = result
  if not ok then sent = type(result) == "table" and rawget(result, "characters_written") end
  leave(file, offset, sent or 0)
  if ok then return sent end
  -- without a count, the error is not from the system call: some bytes may have been sent
  if sent == 0 and is_refusal(result) and field(file, "read") then return nil end
  error(result, 0)
end

-- Returns the next block; "" at the end of the file.
local function read_block(file, wanted)
  local data, err, errno = file:read(wanted)
  if data or not err then return data or "" end
  if math.type(errno) == "integer" then core.raise_errno(errno, "read") end
  error(err, 0)
end

-- Reads and sends blocks, and counts the bytes sent in `progress.sent`.
local function send_blocks(s, file, count, progress)
  repeat
    local wanted = count and math.min(count - progress.sent, BLOCK) or BLOCK
    local data = wanted > 0 and read_block(file, wanted) or ""
    local rest = data
    while rest ~= "" do
      local sent = s:send(rest)
      progress.sent = progress.sent + sent
      rest = rest:sub(sent + 1)
    end
  until data == ""
end

-- Whether the error object belongs to this call and can hold a count: BlockingIOError is shared.
local function tells(err)
  if core.isinstance(err, core.BlockingIOError) then return false end
  return core.isinstance(err, core.OSError) or core.isinstance(err, core.CancelledError)
end

local function send_by_reading(s, file, offset, count)
  if not field(file, "read") then
    core.argerror(1, "sendfile", "file cannot be read: " .. core.describe(file))
  end
  if offset > 0 then seek_or_raise(file, offset) end
  local progress = { sent = 0 }
  local ok, err = pcall(send_blocks, s, file, count, progress)
  leave(file, offset, progress.sent)
  if ok then return progress.sent end
  if tells(err) then err.characters_written = progress.sent end
  error(err, 0)
end

--- Sends a file, by sendfile(2) where possible. The file is then positioned behind the bytes that
-- were sent.
-- @function socket:sendfile
-- @async
-- @param file a file opened in binary mode: one of Lua's io library, a descriptor, or an object
-- with `read(n)` and, for an offset, `seek("set", n)`
-- @tparam[opt=0] integer offset the position of the first byte. With 0, a file without a descriptor
-- is read from its current position
-- @tparam[opt] integer count the maximum number of bytes; nil: up to the end of the file
-- @tparam[opt] table options the arguments above by name
-- @treturn integer the number of bytes sent
-- @raise OSError as sendfile(2) and send(2), timeout, each with `characters_written`: the number of
-- bytes sent before
-- @see Python's socket.sendfile
-- @usage s:sendfile(assert(io.open("page.html", "rb")), {count = 1000})
local function sendfile(self, ...)
  local file, offset, count = core.arguments("sendfile", 3, "file{} offset= count=", ...)
  arguments.self("sendfile", self, core.socket, "socket")
  check_file(file)
  check_type(self)
  if count ~= nil then count = arguments.integer(3, "sendfile", "count", count, 1) end
  if offset == nil then offset = 0 end
  offset = arguments.integer(2, "sendfile", "offset", offset, 0)
  if io.type(file) == "file" then file:flush() end -- writes the buffer of the file
  local fd = descriptor(file)
  local filled = fd and core.filled(fd)
  if filled == false then return 0 end
  check_blocking(self)
  return filled and send_by_system(self, file, fd, offset, count)
    or send_by_reading(self, file, offset, count)
end

return { sendfile = sendfile }
