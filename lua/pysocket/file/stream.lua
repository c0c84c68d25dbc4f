-- What every file of a socket is, whichever way it reads and writes: how it lives, and what it says
-- of itself.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local task = require "pysocket.task"

local Bytes <const> = getmetatable(core.bytearray(0))

--- A socket as a file, made by `socket:makefile`. `<close>` closes it.
-- @class file
-- @tfield boolean closed
-- @tfield string mode as it was given; of a binary file always with "b"
-- @tfield integer name the descriptor it was made from; -1 when it is closed
local File = core.class("SocketFile")

-- Arguments.

local function is_buffer(value) return getmetatable(value) == Bytes end

local function check_buffer(name, value)
  if is_buffer(value) then return end
  core.argerror(1, name, "buffer must be a bytearray, got " .. arguments.type_name(value))
end

-- Raises the error of a call that the file cannot serve.
local function refuse(self, name, reason)
  if not core.isinstance(self, File) then
    core.argerror(0, name, "file expected, got " .. arguments.type_name(self))
  elseif self.closed then
    core.argerror(0, name, "I/O operation on closed file")
  end
  core.raise("UnsupportedOperation", { strerror = reason, call = name })
end

local function check_open(self, name)
  if type(self) ~= "table" or self.closed ~= false then refuse(self, name) end
end

local function reader_of(self, name)
  local reader = type(self) == "table" and self.reader
  if not reader then refuse(self, name, "not readable") end
  return reader
end

local function writer_of(self, name)
  local writer = type(self) == "table" and self.writer
  if not writer then refuse(self, name, "not writable") end
  return writer
end

-- A number of bytes; nil and negative ones are 'absent'.
local function count_of(arg, name, what, value, absent)
  local count = value ~= nil and arguments.integer(arg, name, what, value)
  return count and count >= 0 and count or absent
end

-- Life.

--- A new file of a socket, which it keeps open.
-- @tparam table class
-- @tparam socket socket
-- @tparam string mode what its field `mode` says
-- @tparam ?table reader
-- @tparam ?table writer
-- @treturn table
local function open(class, socket, mode, reader, writer)
  local self = setmetatable({ closed = true, mode = mode, name = -1 }, class)
  core.retain(socket)
  self.socket, self.reader, self.writer = socket, reader, writer
  self.closed, self.name = false, socket:fileno()
  if reader then reader.file = self end -- while an iterator reads, the file lives
  return self
end

-- The file is closed, whatever becomes of the socket.
local function shut(self)
  if self.closed then return end
  self.closed, self.name = true, -1
  if self.reader then self.reader:close() end
  self.reader, self.writer = nil, nil
  core.release(self.socket)
end

--- Sends what waits, and lets go of the socket, which is closed once it was closed itself and no
-- other file uses it. The file is closed in any case: also when sending fails, and then what was
-- not sent is lost. `<close>` does the same; but where an error ends the block, that one is raised
-- (unless the task is cancelled meanwhile), and where it is a timeout or `CancelledError`, only
-- what the system takes at once is sent.
-- @function file:close
-- @treturn boolean true
-- @raise as `flush`
-- @see Python's io.IOBase.close
function File:close()
  arguments.self("close", self, File, "file")
  if self.closed then return true end
  local ok, err = true, nil
  if self.writer then ok, err = pcall(self.writer.flush, self.writer) end
  shut(self)
  if not ok then error(err, 0) end
  return true
end

-- An error that passes is not hidden by that of a peer who has gone; and who was told to end is not
-- held up by one who does not read. Who is told so while it waits here (CancelledError, Ctrl-C) is
-- to hear of that.
function File:__close(err)
  arguments.self("close", self, File, "file")
  if err == nil then return self:close() end
  local hurry = core.isinstance(err, task.CancelledError) or core.isinstance(err, core.TimeoutError)
  if hurry and self.writer and not pcall(self.writer.hurry, self.writer) then
    shut(self) -- there is no memory for that
  end
  local ok, failure = pcall(self.close, self)
  if not (ok or core.isinstance(failure, core.OSError)) then error(failure, 0) end
end

-- The collector must not wait, so it does not send.
function File:__gc()
  if self.closed ~= false then return end
  local unsent = self.writer and self.writer:unsent() or 0
  if unsent > 0 then
    warn("unclosed file ", tostring(self), ": ", tostring(unsent), " unsent bytes")
  end
  pcall(shut, self)
end

function File:__tostring()
  arguments.self("tostring", self, File, "file")
  local name = getmetatable(self).__name
  if self.closed then return ("<%s [closed] mode='%s'>"):format(name, self.mode) end
  local text = ("<%s fd=%d, mode='%s'"):format(name, self.socket:fileno(), self.mode)
  if self.reader then text = ("%s, pending=%d"):format(text, self.reader:pending()) end
  if self.writer then text = ("%s, unsent=%d"):format(text, self.writer:unsent()) end
  return text .. ">"
end

-- What Python asks of a file.

--- The descriptor; -1 when the socket was detached.
-- @function file:fileno
-- @treturn integer
-- @see Python's io.IOBase.fileno
function File:fileno()
  check_open(self, "fileno")
  return self.socket:fileno()
end

--- Whether the file can be read.
-- @function file:readable
-- @treturn boolean
-- @see Python's io.IOBase.readable
function File:readable()
  check_open(self, "readable")
  return self.reader ~= nil
end

--- Whether the file can be written.
-- @function file:writable
-- @treturn boolean
-- @see Python's io.IOBase.writable
function File:writable()
  check_open(self, "writable")
  return self.writer ~= nil
end

--- Whether there are positions in the file: false.
-- @function file:seekable
-- @treturn boolean
-- @see Python's io.IOBase.seekable
function File:seekable()
  check_open(self, "seekable")
  return false
end

--- Whether it is a terminal: false.
-- @function file:isatty
-- @treturn boolean
-- @see Python's io.IOBase.isatty
function File:isatty()
  check_open(self, "isatty")
  return false
end

--- A stream has no positions.
-- @function file:seek
-- @raise UnsupportedOperation
-- @see Python's io.IOBase.seek
-- @function file:tell
-- @raise UnsupportedOperation
-- @see Python's io.IOBase.tell
-- @function file:truncate
-- @raise UnsupportedOperation
-- @see Python's io.IOBase.truncate
for _, name in ipairs({ "seek", "tell", "truncate" }) do
  File[name] = function(self) refuse(self, name, "a stream has no positions") end
end

return {
  File = File,
  open = open,
  is_buffer = is_buffer,
  check_buffer = check_buffer,
  check_open = check_open,
  reader_of = reader_of,
  writer_of = writer_of,
  count_of = count_of,
}
