-- makefile: a socket as a file, buffered or, as SocketIO, raw.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local stream = require "pysocket.file.stream"

local SIZE <const> = stream.SIZE
local MOST <const> = 256 * 1024 -- bytes to receive at once where more came than SIZE
local LIMIT <const> = 1024 * 1024 -- the longest line, in bytes

-- Modes.

-- what a mode of "r", "w" and "b" asks for
local function read_mode(name, arg, mode)
  if type(mode) ~= "string" then
    core.argerror(arg, name, "mode must be a string, got " .. arguments.type_name(mode))
  elseif mode:find("[^rwb]") then
    core.argerror(arg, name, ("invalid mode '%s' (only r, w, b are allowed)"):format(mode))
  end
  local writes = mode:find("w", 1, true) ~= nil
  local reads = not writes or mode:find("r", 1, true) ~= nil
  return {
    reads = reads,
    writes = writes,
    binary = mode:find("b", 1, true) ~= nil,
    name = (reads and "r" or "") .. (writes and "w" or "") .. "b", -- of a binary file
  }
end

-- The raw file.

local SocketIO = core.class("SocketIO", stream.File)
SocketIO.__close = stream.File.__close
SocketIO.__gc = stream.File.__gc
SocketIO.__tostring = stream.File.__tostring

local function open_raw(socket, mode, limit)
  local o = { reads = mode.reads, writes = mode.writes, limit = limit, newline = "\n" }
  return stream.open(SocketIO, socket, mode.name, o)
end

-- The result of a protected call; nil and the error where it would block.
local function unless_blocked(ok, result)
  if ok then return result end
  if not core.isinstance(result, core.BlockingIOError) then error(result, 0) end
  return nil, result
end

--- Receives into a buffer once.
-- @function SocketIO:readinto
-- @async
-- @tparam bytearray buffer
-- @treturn ?integer bytes received: 0 at the end of the stream; nil where it would block
-- @treturn ?BlockingIOError after nil
-- @raise OSError as recv(2), timeout, UnsupportedOperation
-- @see Python's socket.SocketIO.readinto
function SocketIO:readinto(buffer)
  arguments.self("readinto", self, stream.File, "file")
  if not self.closed and self:pending() == 0 and self:readable() then
    local receive = self.socket.recv_into
    return unless_blocked(
      pcall(arguments.relay, "readinto", { 1 }, receive, self.socket, buffer))
  end
  return stream.File.readinto(self, buffer)
end

local function send(self, data)
  self:flush() -- what writelines could not send
  return self.socket:send(data)
end

--- Sends once: perhaps less than it was given.
-- @function SocketIO:write
-- @async
-- @param ... strings, numbers, bytearrays
-- @treturn ?integer bytes sent; nil where it would block
-- @treturn ?BlockingIOError after nil
-- @raise OSError as send(2), timeout, UnsupportedOperation
-- @see Python's socket.SocketIO.write
function SocketIO:write(...)
  arguments.self("write", self, stream.File, "file")
  if not self:writable() then return stream.File.write(self) end -- which says so
  return unless_blocked(pcall(send, self, core.stream.text(...)))
end

--- An unbuffered file stays one.
-- @function SocketIO:setvbuf
-- @tparam string mode `"no"`
-- @treturn boolean true
-- @raise UnsupportedOperation for any other mode
function SocketIO:setvbuf(mode)
  stream.check_open(self, "setvbuf")
  if mode == "no" then return true end
  stream.check_vbuf(mode)
  core.raise("UnsupportedOperation", { strerror = "the file is unbuffered", call = "setvbuf" })
end

--- A socket as a raw file: each read and write is one call of the socket.
-- @class SocketIO : file a file without a buffer
-- @function SocketIO
-- @constructor
-- @tparam socket sock which it keeps open
-- @tparam string mode "r", "w" or both, and perhaps "b", which changes nothing
-- @tparam[opt] table options those above by name
-- @treturn SocketIO
-- @see Python's socket.SocketIO
getmetatable(SocketIO).__call = function(_, ...)
  local socket, mode = core.arguments("SocketIO", 2, "sock{} mode", ...)
  if not core.isinstance(socket, core.socket) then
    core.argerror(1, "SocketIO", "socket expected, got " .. arguments.type_name(socket))
  end
  return open_raw(socket, read_mode("SocketIO", 2, mode), LIMIT)
end

-- makefile.

local PARAMETERS <const> = "mode= buffering= encoding= errors= newline= limit="
local NAMED <const> = 3 -- the place of what is given by name alone

-- How many bytes are read at once and may wait to be written, how many are read where so many come
-- that this is not enough, and whether lines go out at once.
local function read_buffering(buffering, binary)
  if buffering == nil then return SIZE, MOST, false end
  local size = arguments.integer(2, "makefile", "buffering", buffering)
  if size == 0 and not binary then
    core.argerror(2, "makefile", "unbuffered streams must be binary")
  end
  if size < 0 then return SIZE, MOST, false end
  if size == 1 then return SIZE, MOST, true end
  return size, size, false
end

local newlines <const> = { [""] = true, ["\n"] = true, ["\r"] = true, ["\r\n"] = true }

-- Raises the error of an option that has a name which nobody knows.
local function refuse(name, value)
  local message = "unknown %s %s"
  core.argerror(NAMED, "makefile", message:format(name, core.describe(value)))
end

--- A file object that reads and writes through the socket, with the methods of Lua's file handle
-- and of Python's file objects. The socket's descriptor is closed when the socket and all its
-- files are. Each is one task's at a time: of several that read a file none knows which part it
-- gets.
-- @function socket:makefile
-- @tparam[opt="r"] string mode "r" read, "w" write, "rw" both; with "b" binary, else text: newlines
-- are translated
-- @tparam[opt] integer buffering bytes; nil or negative: the default size; 0: none, as SocketIO,
-- binary only; 1: lines go out as they are written
-- @tparam[opt] table options those above by name; for text `encoding` ("utf-8" or "ascii" checks
-- what is read; "latin-1" has nothing to check), `errors` ("strict": UnicodeDecodeError; "replace":
-- U+FFFD; "ignore"), `newline` (nil: "\r\n" and "\r" are read as "\n"; "": lines end at any of the
-- three, unchanged; "\n", "\r", "\r\n": they end there alone, and "\n" is written as it); `limit`:
-- the longest line that is read, in bytes (1 MiB)
-- @treturn file
-- @see Python's socket.makefile
-- @usage for line in s:makefile("r"):lines() do print(line) end
local function makefile(self, ...)
  arguments.self("makefile", self, core.socket, "socket")
  local given, buffering, encoding, errors, newline, limit =
    core.arguments("makefile", 2, PARAMETERS, ...)
  if given == nil then given = "r" end
  local mode = read_mode("makefile", 1, given)
  local size, most, by_line = read_buffering(buffering, mode.binary)
  limit = arguments.integer(NAMED, "makefile", "limit", limit == nil and LIMIT or limit, 1)
  if size == 0 then return open_raw(self, mode, limit) end
  local text = not mode.binary
  if text and newline ~= nil and not newlines[newline] then
    local message = "illegal newline value %s"
    core.argerror(NAMED, "makefile", message:format(core.describe(newline)))
  end
  local file, unknown = stream.open(stream.File, self, text and given or mode.name, {
    reads = mode.reads,
    writes = mode.writes,
    size = size,
    most = most,
    limit = limit,
    by_line = by_line,
    newline = text and newline or not text and "\n" or nil,
    encoding = text and encoding or nil,
    errors = text and errors or nil,
  })
  if not file then refuse(unknown, unknown == "encoding" and encoding or errors) end
  return file
end

return { makefile = makefile, SocketIO = SocketIO }
