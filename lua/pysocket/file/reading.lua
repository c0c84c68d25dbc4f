-- The methods of files that read: those of Lua's file handle, and Python's.

local core = require "pysocket.core"
local numeral = require "pysocket.file.numeral"
local stream = require "pysocket.file.stream"

local type, tointeger = type, math.tointeger
local isinstance <const> = core.isinstance
local count_of <const>, reader_of <const> = stream.count_of, stream.reader_of

local File = stream.File

-- Python's "" where a reader has nil for the end of the stream
local function or_empty(text, err)
  if err then return nil, err end
  return text or ""
end

-- a format to what reads it: the value, or nil and perhaps the BlockingIOError
local formats <const> = {
  l = function(reader) return reader:line(false) end,
  L = function(reader) return reader:line(true) end,
  a = function(reader) return or_empty(reader:read_all()) end,
  n = function(reader)
    local ok, value = pcall(numeral.read, reader)
    if ok then return value end
    if isinstance(value, core.BlockingIOError) then return nil, value end
    error(value, 0)
  end,
}

local function read_format(reader, i, format)
  if type(format) == "number" then
    local count = tointeger(format)
    if count and count >= 0 then return reader:read(count) end
  end
  local read = type(format) == "string" and formats[format:match("^%*?(.)")]
  if read then return read(reader) end
  core.argerror(i, "read", ("invalid format '%s'"):format(tostring(format)))
end

local function read_formats(reader, ...)
  local results, n = {}, select("#", ...)
  for i = 1, n do
    local value, err = read_format(reader, i, (select(i, ...)))
    if value == nil then
      results[i + 1] = err
      return table.unpack(results, 1, err and i + 1 or i)
    end
    results[i] = value
  end
  return table.unpack(results, 1, n)
end

--- Reads as Lua's files do. A line or number of bytes of which only a part has come when a timeout
-- strikes stays there for the next read. Formats: `"l"` a line without its end, which is the
-- default; `"L"` with its end; `"a"` all until the end of the stream; `"n"` a number; an integer:
-- that many bytes, fewer only at the end. 0 asks, as in Lua, whether there is more, "" or nil, and
-- waits to know: where a peer says how many bytes come, none are not to be read. Of an unbuffered
-- file an integer means: up to so many, as they come.
-- @function file:read
-- @param ... formats
-- @return the value of each, up to the first nil: for the end of the stream
-- @return after that nil, a BlockingIOError where it is for want of data. Bytes asked for by their
-- number, or by `"a"`, are then given as far as they have come
-- @raise OSError as recv(2), timeout, LimitOverrunError, UnicodeDecodeError, UnsupportedOperation
-- @see Lua's file:read
function File:read(format, ...)
  local reader = type(self) == "table" and self.reader or reader_of(self, "read")
  if (...) ~= nil then return reader:together(read_formats, reader, format, ...) end
  if format == "l" or format == nil then return reader:line(false) end
  return read_format(reader, 1, format)
end

local function raise_blocked(value, err, ...)
  if value == nil and isinstance(err, core.BlockingIOError) then error(err, 0) end
  return value, err, ...
end

--- An iterator that reads the formats at each step, lines without their ends if there are none; it
-- ends where the stream does.
-- @function file:lines
-- @param ... formats as for `read`
-- @treturn function
-- @raise the iterator: as `read`, and BlockingIOError
-- @see Lua's file:lines
-- @usage for line in f:lines() do print(line) end
function File:lines(...)
  local reader = reader_of(self, "lines")
  local format = ...
  if select("#", ...) <= 1 and (format == nil or format == "l" or format == "L") then
    return reader:lines(format == "L")
  end
  local wanted = table.pack(...)
  return function() return raise_blocked(self:read(table.unpack(wanted, 1, wanted.n))) end
end

--- The next line with its end; "" at the end of the stream.
-- @function file:readline
-- @tparam[opt] integer size the most bytes of it that are given; the limit of lines does not apply
-- then
-- @treturn ?string where it would block, what there is of the line, or nil
-- @treturn ?BlockingIOError after nil
-- @raise as `read`
-- @see Python's io.IOBase.readline
function File:readline(size)
  local reader = reader_of(self, "readline")
  size = count_of(1, "readline", "size", size)
  if size == 0 then return "" end
  local line, err = reader:line(true, size)
  local there = err and reader:pending()
  if there and there > 0 then return reader:read(there) end
  return or_empty(line, err)
end

local function read_lines(reader, hint)
  local lines, bytes = {}, 0
  repeat
    local line, err = reader:line(true)
    if not line then
      if err and #lines == 0 then return nil, err end
      return lines
    end
    lines[#lines + 1] = line
    bytes = bytes + #line
  until bytes > hint
  return lines
end

--- A sequence of all lines to come, with their ends.
-- @function file:readlines
-- @tparam[opt] integer hint stop after the line with which there are more bytes than that
-- @treturn ?table where it would block, the lines there are, or nil
-- @treturn ?BlockingIOError after nil
-- @raise as `read`; no line is lost
-- @see Python's io.IOBase.readlines
function File:readlines(hint)
  local reader = reader_of(self, "readlines")
  hint = count_of(1, "readlines", "hint", hint, 0)
  return reader:together(read_lines, reader, hint > 0 and hint or math.huge)
end

--- All until the end of the stream; "" when it has ended.
-- @function file:readall
-- @treturn ?string where it would block, what there is, or nil
-- @treturn ?BlockingIOError after nil
-- @raise as `read`
-- @see Python's io.RawIOBase.readall
function File:readall() return formats.a(reader_of(self, "readall")) end

--- Fills a buffer; of an unbuffered file, with what comes at once.
-- @function file:readinto
-- @tparam bytearray buffer
-- @treturn ?integer bytes read: fewer than the buffer holds at the end of the stream, and where it
-- would block; nil for none
-- @treturn ?BlockingIOError after nil
-- @raise as `read`
-- @see Python's io.BufferedIOBase.readinto
function File:readinto(buffer)
  local reader = reader_of(self, "readinto")
  stream.check_buffer("readinto", buffer)
  if #buffer == 0 then return 0 end
  local text, err = reader:read(#buffer)
  if err then return nil, err end
  if not text then return 0 end
  buffer:set(1, text)
  return #text
end

--- What is there, waiting for at least one byte; "" at the end of the stream.
-- @function file:read1
-- @tparam[opt] integer size the most bytes
-- @treturn ?string nil where it would block
-- @treturn ?BlockingIOError after nil
-- @raise as `read`
-- @see Python's io.BufferedIOBase.read1
function File:read1(size)
  local reader = reader_of(self, "read1")
  size = count_of(1, "read1", "size", size, math.maxinteger)
  if size == 0 then return "" end
  return or_empty(reader:read_some(size))
end

--- What is there, waiting for at least one byte, which stays to be read; "" at the end of the
-- stream.
-- @function file:peek
-- @tparam[opt] integer size the most bytes
-- @treturn ?string nil where it would block
-- @treturn ?BlockingIOError after nil
-- @raise as `read`; UnsupportedOperation for an unbuffered file
-- @see Python's io.BufferedReader.peek
function File:peek(size)
  local reader = reader_of(self, "peek")
  return or_empty(reader:peek(count_of(1, "peek", "size", size, math.maxinteger)))
end

--- Bytes that have arrived in the file's buffer: they can be read though the descriptor is not
-- ready.
-- @function file:pending
-- @treturn integer
function File:pending()
  stream.check_open(self, "pending")
  return self.reader and self.reader:pending() or 0
end

return File
