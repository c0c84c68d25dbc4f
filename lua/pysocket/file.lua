-- makefile: a socket as a file, buffered or (SocketIO) raw.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local stream = require "pysocket.file.stream"

local SIZE <const> = stream.SIZE
local MOST <const> = 256 * 1024 -- bytes per receive while more data comes than SIZE
local LIMIT <const> = 1024 * 1024 -- the longest line, in bytes

-- Modes.

-- Parses a mode of "r", "w" and "b".
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

-- Returns the result of a protected call, or nil and the error if it is BlockingIOError.
local function unless_blocked(ok, result)
  if ok then return result end
  if not core.isinstance(result, core.BlockingIOError) then error(result, 0) end
  return nil, result
end

--- Receives into a buffer once.
-- @function SocketIO:readinto
-- @async
-- @tparam bytearray buffer
-- @treturn ?integer the number of bytes received, 0 at the end of the stream; nil if the call would
-- block
-- @treturn ?BlockingIOError the error, after nil
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
  self:flush() -- data that writelines could not send
  return self.socket:send(data)
end

--- Sends data once, and possibly only a part of it.
-- @function SocketIO:write
-- @async
-- @param ... strings, numbers, bytearrays
-- @treturn ?integer the number of bytes sent; nil if the call would block
-- @treturn ?BlockingIOError the error, after nil
-- @raise OSError as send(2), timeout, UnsupportedOperation
-- @see Python's socket.SocketIO.write
function SocketIO:write(...)
  arguments.self("write", self, stream.File, "file")
  if not self:writable() then return stream.File.write(self) end -- raises the error
  return unless_blocked(pcall(send, self, core.stream.text(...)))
end

--- Accepts the mode `"no"` only, because the file has no buffer.
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

--- Makes a raw file of a socket: each read and write is one call of the socket.
-- @class SocketIO : file a file without a buffer
-- @function SocketIO
-- @constructor
-- @tparam socket sock stays open as long as the file
-- @tparam string mode "r", "w" or both; a "b" changes nothing
-- @tparam[opt] table options the arguments above by name
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
local NAMED <const> = 3 -- the argument number of options

-- Returns the size of the buffers, the number of bytes per receive while more data comes than that,
-- and whether each line is sent at once.
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

-- Raises the error of an option with an unknown value.
local function refuse(name, value)
  local message = "unknown %s %s"
  core.argerror(NAMED, "makefile", message:format(name, core.describe(value)))
end

--- Makes a file that reads and writes through the socket, with the methods of Lua's file handle and
-- of Python's file objects. The descriptor stays open until the socket and all of its files are
-- closed. Only one task at a time may use a file: several readers would each get an arbitrary part
-- of the data.
-- @function socket:makefile
-- @tparam[opt="r"] string mode "r" read, "w" write, "rw" both; with "b" binary, else text with
-- translated newlines
-- @tparam[opt] integer buffering the size of the buffer in bytes; nil or negative: the default
-- size; 0: no buffer, as SocketIO, binary only; 1: each line is sent when it is complete
-- @tparam[opt] table options the arguments above by name; for text `encoding` ("utf-8" or "ascii"
-- checks the text that is read, "latin-1" does not), `errors` (for invalid text: "strict" raises
-- UnicodeDecodeError, "replace" reads U+FFFD, "ignore" skips it), `newline` (nil: "\r\n" and "\r"
-- are read as "\n"; "": lines end at any of the three, unchanged; "\n", "\r", "\r\n": lines end
-- only there, and "\n" is written as the given newline); `limit` (the longest line in bytes, 1 MiB)
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
