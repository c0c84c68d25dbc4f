-- The common part of buffered and raw files: opening, closing, and the state of a file. The bytes,
-- and the methods that read and write them, are in C; that part is the element 1 of a file.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"

local stream <const> = core.part("stream")

--- A socket as a file, made by `socket:makefile`. `<close>` closes it.
-- @class file
-- @tfield boolean closed
-- @tfield string mode the given mode; of a binary file always with "b"
-- @tfield integer name the descriptor at the time of `makefile`; -1 after `close`
local File = core.class("SocketFile")

for name, method in pairs(stream.methods) do File[name] = method end

-- Raises the error of a call that the file does not support.
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

-- The descriptor of a socket, without the note of `fileno` that others know it; -1 if the socket
-- is closed.
local function descriptor(socket) return core.filedescriptor(socket) or -1 end

--- Creates a file, which keeps the socket open.
-- @tparam table class
-- @tparam socket socket
-- @tparam string mode the value of the field `mode`
-- @tparam table options as for `stream.open`
-- @treturn ?table the file; nil and the name of the option if `encoding` or `errors` is unknown
local function open(class, socket, mode, options)
  local half, unknown = stream.open(socket, options)
  if not half then return nil, unknown end
  local self = { half, closed = true, mode = mode, name = descriptor(socket), socket = socket }
  setmetatable(self, class)
  core.retain(socket) -- the metatable is set: the collector releases it, too
  self.closed = false
  return self
end

-- Closes the file, whatever happens to the socket.
local function shut(self)
  if self.closed then return end
  self.closed, self.name = true, -1
  stream.close(self[1])
  core.release(self.socket)
end

--- Sends the data in the buffer, and closes the file. The socket's descriptor is closed when the
-- socket and all of its files are closed. The file is closed even if sending fails; the unsent data
-- is then lost. Data that was received and not read stays available to the socket's other files.
-- `<close>` does the same, unless an error ends the block: that error is raised rather than an
-- error of `close` (except the cancel of the task), and if it is a timeout or `CancelledError`,
-- only the data that the system accepts at once is sent.
-- @function file:close
-- @async
-- @treturn boolean true
-- @raise as `flush`
-- @see Python's io.IOBase.close
function File:close()
  arguments.self("close", self, File, "file")
  if self.closed then return true end
  local ok, err = pcall(self.flush, self)
  shut(self)
  if not ok then error(err, 0) end
  return true
end

-- An error that ends the block is not replaced by an error of the peer, and a cancelled task does
-- not wait for a peer that does not read. But an error that interrupts the wait for the peer itself
-- (CancelledError, Ctrl-C) is raised.
function File:__close(err)
  arguments.self("close", self, File, "file")
  if err == nil then return self:close() end
  if core.isinstance(err, core.CancelledError) or core.isinstance(err, core.TimeoutError) then
    stream.drain(self[1])
    return shut(self)
  end
  local ok, failure = pcall(self.close, self)
  if not (ok or core.isinstance(failure, core.OSError)) then error(failure, 0) end
end

-- The collector must not wait: data that the system does not accept at once is lost.
function File:__gc()
  if self.closed ~= false then return end
  local text = tostring(self)
  local left = stream.drain(self[1])
  if left > 0 then warn("unclosed file ", text, ": ", tostring(left), " unsent bytes") end
  pcall(shut, self)
end

function File:__tostring()
  arguments.self("tostring", self, File, "file")
  local name = getmetatable(self).__name
  if self.closed then return ("<%s [closed] mode='%s'>"):format(name, self.mode) end
  local text = ("<%s fd=%d, mode='%s'"):format(name, descriptor(self.socket), self.mode)
  local pending, unsent = stream.state(self[1])
  if pending then text = ("%s, pending=%d"):format(text, pending) end
  if unsent then text = ("%s, unsent=%d"):format(text, unsent) end
  return text .. ">"
end

local SIZE <const> = 64 * 1024 -- bytes: the default size of the buffer

local function check_vbuf(mode)
  if mode == "no" or mode == "line" or mode == "full" then return end
  core.argerror(1, "setvbuf", ("invalid mode '%s'"):format(tostring(mode)))
end

--- Selects when written data is sent: at once, when a line is complete, or when the buffer is full.
-- @function file:setvbuf
-- @tparam string mode `"no"`, `"line"`, `"full"`
-- @tparam[opt] integer size the size of the buffer in bytes
-- @treturn boolean true
-- @raise as `flush`
-- @see Lua's file:setvbuf
function File:setvbuf(mode, size)
  check_open(self, "setvbuf")
  check_vbuf(mode)
  size = size ~= nil and arguments.integer(2, "setvbuf", "size", size) or -1
  if mode == "no" then size = 0 elseif size < 0 then size = SIZE end
  if stream.configure(self[1], size, mode == "line") then self:flush() end
  return true
end

--- Returns the number of received bytes that no file of the socket has read. They can be read even
-- if the descriptor is not readable.
-- @function file:pending
-- @treturn integer
function File:pending()
  check_open(self, "pending")
  return stream.state(self[1]) or 0
end

--- Returns the descriptor; -1 if the socket was detached.
-- @function file:fileno
-- @treturn integer
-- @see Python's io.IOBase.fileno
function File:fileno()
  check_open(self, "fileno")
  return self.socket:fileno()
end

--- Returns whether the file is open for reading.
-- @function file:readable
-- @treturn boolean
-- @see Python's io.IOBase.readable
function File:readable()
  check_open(self, "readable")
  return stream.state(self[1]) ~= nil
end

--- Returns whether the file is open for writing.
-- @function file:writable
-- @treturn boolean
-- @see Python's io.IOBase.writable
function File:writable()
  check_open(self, "writable")
  return select(2, stream.state(self[1])) ~= nil
end

--- Returns false: the file has no positions, and is no terminal.
-- @function file:seekable
-- @treturn boolean
-- @see Python's io.IOBase.seekable
-- @function file:isatty
-- @treturn boolean
-- @see Python's io.IOBase.isatty
for _, name in ipairs { "seekable", "isatty" } do
  File[name] = function(self)
    check_open(self, name)
    return false
  end
end

--- Raises UnsupportedOperation: a stream has no positions.
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

return { File = File, SIZE = SIZE, check_open = check_open, check_vbuf = check_vbuf, open = open }
