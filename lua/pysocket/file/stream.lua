-- What every file of a socket is, whichever way it is buffered: how it lives, and what it says of
-- itself. Its other half, at 1, is in C: the bytes, and the methods that read and write them.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"

local stream <const> = core.part("stream")

--- A socket as a file, made by `socket:makefile`. `<close>` closes it.
-- @class file
-- @tfield boolean closed
-- @tfield string mode as it was given; of a binary file always with "b"
-- @tfield integer name the descriptor it was made from; -1 when it is closed
local File = core.class("SocketFile")

for name, method in pairs(stream.methods) do File[name] = method end

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

--- A new file of a socket, which it keeps open.
-- @tparam table class
-- @tparam socket socket
-- @tparam string mode what its field `mode` says
-- @tparam table options as for `stream.open`
-- @treturn ?table nil and the name of the option where `encoding` or `errors` is unknown
local function open(class, socket, mode, options)
  local half, unknown = stream.open(socket, options)
  if not half then return nil, unknown end
  local self = { half, closed = true, mode = mode, name = socket:fileno(), socket = socket }
  setmetatable(self, class)
  core.retain(socket) -- it is let go of by the collector, too: that is set up now
  self.closed = false
  return self
end

-- The file is closed, whatever becomes of the socket.
local function shut(self)
  if self.closed then return end
  self.closed, self.name = true, -1
  stream.close(self[1])
  core.release(self.socket)
end

--- Sends what waits, and lets go of the socket, which is closed once it was closed itself and no
-- other file uses it. What was received and not read stays with the socket, for its other files.
-- The file is closed in any case: also when sending fails, and then what was not sent is lost.
-- `<close>` does the same; but where an error ends the block, that one is raised (unless the task
-- is cancelled meanwhile), and where it is a timeout or `CancelledError`, only what the system
-- takes at once is sent.
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

-- An error that passes is not hidden by that of a peer who has gone; and who was told to end is not
-- held up by one who does not read. Who is told so while it waits here (CancelledError, Ctrl-C) is
-- to hear of that.
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

-- The collector must not wait: what the system does not take at once is lost.
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
  local text = ("<%s fd=%d, mode='%s'"):format(name, self.socket:fileno(), self.mode)
  local pending, unsent = stream.state(self[1])
  if pending then text = ("%s, pending=%d"):format(text, pending) end
  if unsent then text = ("%s, unsent=%d"):format(text, unsent) end
  return text .. ">"
end

local SIZE <const> = 64 * 1024 -- bytes the buffer holds, unless setvbuf is told otherwise

local function check_vbuf(mode)
  if mode == "no" or mode == "line" or mode == "full" then return end
  core.argerror(1, "setvbuf", ("invalid mode '%s'"):format(tostring(mode)))
end

--- Says when what is written goes out: at once, when a line is complete, or when the buffer is
-- full.
-- @function file:setvbuf
-- @tparam string mode `"no"`, `"line"`, `"full"`
-- @tparam[opt] integer size bytes the buffer holds
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

--- Bytes that have arrived and were not read, by this file or another of the socket: they can be
-- read though the descriptor is not ready.
-- @function file:pending
-- @treturn integer
function File:pending()
  check_open(self, "pending")
  return stream.state(self[1]) or 0
end

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
  return stream.state(self[1]) ~= nil
end

--- Whether the file can be written.
-- @function file:writable
-- @treturn boolean
-- @see Python's io.IOBase.writable
function File:writable()
  check_open(self, "writable")
  return select(2, stream.state(self[1])) ~= nil
end

--- False: there are no positions in the file, and it is no terminal.
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

return { File = File, SIZE = SIZE, check_open = check_open, check_vbuf = check_vbuf, open = open }
