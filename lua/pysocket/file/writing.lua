-- The methods of files that write: those of Lua's file handle, and Python's.

local arguments = require "pysocket.arguments"
local core = require "pysocket.core"
local stream = require "pysocket.file.stream"

local type_name <const> = arguments.type_name
local writer_of <const> = stream.writer_of

local SIZE <const> = 64 * 1024 -- bytes the buffer holds, unless setvbuf is told otherwise

local File = stream.File

-- What is written, as a string; numbers as Lua's files write them.
local function text_of(name, i, value)
  local kind = math.type(value)
  if kind then return (kind == "integer" and "%d" or "%.14g"):format(value) end
  if type(value) == "string" then return value end
  if stream.is_buffer(value) then return tostring(value) end
  core.argerror(i, name, "data must be a string or bytearray, got " .. type_name(value))
end

local function text_of_all(name, first, ...)
  local n = select("#", ...)
  if n == 0 then return text_of(name, 1, first) end
  local texts = { text_of(name, 1, first) }
  for i = 1, n do texts[i + 1] = text_of(name, i + 1, (select(i, ...))) end
  return table.concat(texts)
end

--- Writes strings, numbers and bytearrays. All of it is accepted, also when sending fails: then
-- `flush` goes on.
-- @function file:write
-- @param ... what to write
-- @treturn file itself
-- @raise OSError as send(2), BlockingIOError, timeout
-- @see Lua's file:write
function File:write(...)
  local writer = type(self) == "table" and self.writer or writer_of(self, "write")
  local n, data = select("#", ...), ...
  if n > 1 or n == 1 and type(data) ~= "string" then data = text_of_all("write", ...) end
  if n > 0 then writer:write(data) end
  return self
end

--- Writes each element of a sequence; ends of lines are not added.
-- @function file:writelines
-- @tparam table lines
-- @raise as `write`
-- @see Python's io.IOBase.writelines
function File:writelines(lines)
  local writer = writer_of(self, "writelines")
  if type(lines) ~= "table" then
    core.argerror(1, "writelines", "lines must be a sequence, got " .. type_name(lines))
  end
  local texts = {}
  for i, line in ipairs(lines) do texts[i] = text_of("writelines", 1, line) end
  writer:write(table.concat(texts))
end

--- Sends what waits. After an error it can be called again: nothing is lost, and nothing sent
-- twice.
-- @function file:flush
-- @treturn file itself
-- @raise OSError as send(2), BlockingIOError, timeout
-- @see Python's io.IOBase.flush
function File:flush()
  stream.check_open(self, "flush")
  if self.writer then self.writer:flush() end
  return self
end

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
  stream.check_open(self, "setvbuf")
  check_vbuf(mode)
  size = mode == "no" and 0 or stream.count_of(2, "setvbuf", "size", size, SIZE)
  if self.writer then
    self.writer:configure(size, mode == "line")
    if self.writer:unsent() > size then self.writer:flush() end
  end
  return true
end

return { SIZE = SIZE, check_vbuf = check_vbuf, text_of_all = text_of_all }
