-- The bytes that a file has received and not yet given out. A reader calls `source:recv` and
-- nothing else (its iterator over lines also `recv_into`, of a socket), and may be left by an error
-- or by a yield in it at any time: what has arrived is still there.

local core = require "pysocket.core"
local journals = require "pysocket.file.journal"
local lines = require "pysocket.file.lines"
local newlines = require "pysocket.file.newlines"
local unread = require "pysocket.file.unread"

local find, sub = string.find, string.sub
local isinstance <const>, BlockingIOError <const> = core.isinstance, core.BlockingIOError
local append <const>, flatten <const>, stash <const> = unread.append, unread.flatten, unread.stash

local DATA <const>, POS <const> = 1, 2 -- as in unread.lua
local LARGE <const> = 256 * 1024 -- the most that is received at once

local Reader = { __name = "pysocket.reader" }
Reader.__index = Reader

--- A reader.
-- @tparam table source what has `source:recv(n)`
-- @tparam table options `size`: how many bytes to ask for, 0 for never more than are wanted;
-- `most`: how many where so many come that this is not enough; `limit`: the longest line, in bytes;
-- `newline`: what ends a line, "" for any of `\n`, `\r`, `\r\n`; `decoder`: through which all
-- goes that arrives
local function new(source, options)
  local self = setmetatable(unread.new(), Reader)
  self.source = source
  self.journal = false -- what may have to be unread
  self.left = lines.READS -- until a pause
  for name, value in pairs(options) do self[name] = value end
  return self
end

--- Bytes that can be read without waiting.
function Reader:pending()
  return #self[DATA] - self[POS] + 1 + self.held
end

--- Counts so many reads; after a while the other tasks of a loop get their turn.
function Reader:count(reads)
  local left = self.left - reads
  if left < 0 then
    left = lines.READS
    core.pause()
  end
  self.left = left
end

--- What of the data has been read, from a position on.
function Reader:since(start)
  return sub(self[DATA], start, self[POS] - 1)
end

-- Raises the error of a closed file.
local function closed()
  core.argerror(0, "read", "I/O operation on closed file")
end

--- Forgets everything; whoever still waits for data gets an error.
function Reader:close()
  self.source = nil
  unread.forget(self)
end

-- Receiving.

-- What arrives next: "" at the end of the stream; nil and the error where it would block. It does
-- not touch what is unread, which others may change meanwhile.
local function receive(self, wanted)
  local source, decoder = self.source, self.decoder
  if not source then closed() end
  if decoder then decoder:check() end
  while true do
    local ok, piece = pcall(source.recv, source, wanted)
    if not ok then
      if isinstance(piece, BlockingIOError) then return nil, piece end
      error(piece, 0)
    end
    if self.source ~= source then closed() end
    local text = decoder and decoder:feed(piece) or piece
    if text ~= "" or piece == "" then return text end
  end
end

-- Receives once, behind what is there. As `receive`.
local function fill(self, wanted)
  if self[POS] > #self[DATA] then stash(self) end -- what has been read need not be kept meanwhile
  local piece, err = receive(self, math.max(self.size, math.min(wanted, LARGE)))
  if piece and piece ~= "" then append(self, piece) end
  return piece, err
end

-- Receives until n bytes are there, or the stream ends; the error where it would block.
local function gather(self, n)
  local missing = n - self:pending()
  while missing > 0 do
    local piece, err = fill(self, missing)
    if not piece or piece == "" then return err end
    missing = n - self:pending()
  end
end

-- The same for a single byte, receiving once.
local function gather_some(self, n)
  if self:pending() > 0 then return nil end
  local _, err = fill(self, n)
  return err
end

-- Nothing, and why: one value where the stream has ended, as with Lua's files.
local function nothing(err)
  if err then return nil, err end
  return nil
end

-- The next n bytes, or as many as there are: nil and 'err' for none.
local function take(self, n, err)
  flatten(self)
  local data, pos = self[DATA], self[POS]
  local rest = #data - pos + 1
  if rest == 0 then return nothing(err) end
  if n < rest then
    self[POS] = pos + n
    return sub(data, pos, pos + n - 1)
  end
  self[POS] = pos + rest
  stash(self)
  return pos == 1 and data or sub(data, pos)
end

--- Up to n bytes: fewer only at the end of the stream, and where it would block. Unbuffered: what
-- comes at once.
-- @treturn ?string nil where there are none
-- @return the BlockingIOError, where there are none because it would block
function Reader:read(n)
  self:count(1)
  local data, pos = self[DATA], self[POS]
  if n > 0 and n <= #data - pos + 1 then -- nearly always it is there
    self[POS] = pos + n
    return sub(data, pos, pos + n - 1)
  elseif self.size == 0 then
    return self:read_some(n)
  elseif n == 0 then
    local err = gather_some(self, 1)
    if self:pending() == 0 then return nothing(err) end
    return ""
  end
  return take(self, n, gather(self, n))
end

--- All until the end of the stream, or what there is where it would block.
-- @return as `read`
function Reader:read_all()
  return take(self, math.maxinteger, gather(self, math.maxinteger))
end

--- Up to n bytes of what is there, waiting for at least one.
-- @return as `read`
function Reader:read_some(n)
  if n == 0 then return "" end
  return take(self, n, gather_some(self, n))
end

-- An unbuffered file cannot look ahead: what it takes from the socket it has to give out.
local function check_buffered(self)
  if self.size > 0 then return end
  core.raise("UnsupportedOperation", { strerror = "the file is unbuffered", call = "peek" })
end

--- The same, and they stay unread.
function Reader:peek(n)
  check_buffered(self)
  local err = gather_some(self, 1)
  flatten(self)
  local text = sub(self[DATA], self[POS], self[POS] - 1 + math.min(n, self:pending()))
  if text == "" then return nothing(err) end
  return text
end

--- The byte i places ahead, as a string: "" beyond the end of the stream. Raises BlockingIOError.
function Reader:at(i)
  check_buffered(self)
  local err = gather(self, i)
  flatten(self)
  local place = self[POS] + i - 1
  local char = sub(self[DATA], place, place)
  if char == "" and err then error(err, 0) end
  return char
end

--- Drops n bytes that are there.
function Reader:skip(n)
  flatten(self)
  self[POS] = self[POS] + n
end

-- Lines.

-- The length of the next line, and of its end, if it is there.
local function measure(self)
  if self.held > 0 then
    if self.searched then return nil end
    flatten(self)
  end
  local first, last = newlines.find(self.newline, self[DATA], self[POS])
  if first then return first - self[POS], last - first + 1 end
end

-- The same when a piece has arrived: each byte is searched once, however many pieces it takes. For
-- a line that is wanted whole, also what of it is not in the data any more.
local function extend(self, piece, whole)
  local before = self.held
  if before > 0 and self.searched then
    local first, last = newlines.find_across(self.newline, self.parts[#self.parts], piece)
    local same = self.held == before and self.searched -- no finalizer has used the file meanwhile
    if same and not first then
      unread.push(self, piece)
      return nil
    end
    local length = first and before + first - 1
    if same and first > 0 and whole and not self.journal and length <= self.limit then
      local head = unread.part_with(self, piece)
      if head then return length, last - first + 1, head end
    end
  end
  append(self, piece)
  return measure(self)
end

-- The same at the end of the stream, where any bytes are a line.
local function measure_last(self)
  flatten(self)
  local length, width = measure(self)
  if length then return length, width end
  local rest = self:pending()
  if rest == 0 then return nil end
  width = newlines.width_at_end(self.newline, self[DATA])
  return rest - width, width
end

local function check_limit(self, length)
  if length <= self.limit then return end
  core.raise("LimitOverrunError", {
    strerror = ("a line is longer than the limit of %d bytes"):format(self.limit),
    call = "read",
  })
end

-- The length of the next line, and of its end, when it has arrived, or 'most' bytes have; nil and
-- perhaps an error if not. Then, perhaps, its beginning: the rest is in the data.
local function await(self, most)
  local length, width, head = measure(self)
  while not length do
    local there = self:pending()
    if most and there >= most then return most, 0 end
    -- the last byte may be half of "\r\n"
    if not most then check_limit(self, #self.newline == 1 and there or there - 1) end
    stash(self)
    self.searched = true
    local piece, err = receive(self, math.max(self.size, 1))
    if not piece then return nil, err end
    if piece == "" then
      length, width = measure_last(self)
      break
    end
    length, width, head = extend(self, piece, not most)
  end
  if length and not most then check_limit(self, length) end
  return length, width, head
end

-- Gives out a line of that length, and its end if that is to be kept. 'head' is as from await.
local function give(self, length, width, head, keep)
  if head then
    length = length - #head
  else
    flatten(self)
  end
  local pos = self[POS]
  self[POS] = pos + length + width -- first: to make the line may run finalizers that read
  local line = sub(self[DATA], pos, pos + length - 1 + (keep and width or 0))
  return head and head .. line or line
end

--- The next line.
-- @tparam boolean keep whether its end is wanted too
-- @tparam[opt] integer most the most bytes wanted of it, its end included; then the limit does not
-- apply
-- @treturn ?string nil at the end of the stream
-- @return the BlockingIOError, where the line would have to be waited for
-- @raise LimitOverrunError
function Reader:line(keep, most)
  self:count(1)
  local newline, data, start = self.newline, self[DATA], self[POS]
  if newline ~= "" and not most then -- nearly always it is there
    local first, last = find(data, newline, start, true)
    if first and first - start <= self.limit then
      self[POS] = last + 1
      return sub(data, start, keep and last or first - 1)
    end
  end
  local length, width, head = await(self, most)
  if not length then return nothing(width) end
  if most and length + width > most then length, width = most, 0 end
  return give(self, length, width, head, keep)
end

--- What is left where the stream has ended, as a line.
-- @return as `line`
function Reader:last_line(keep)
  if not self.source then closed() end
  local length, width = measure_last(self)
  if not length then return nil end
  check_limit(self, length)
  return give(self, length, width, nil, keep)
end

Reader.lines = lines.method(Reader)

--- Takes in what was received for it elsewhere.
function Reader:arrive(piece)
  if not self.source then closed() end
  append(self, piece)
end

-- Reading several things at once.

--- Puts text before what is unread.
function Reader:unread(text)
  flatten(self)
  self[DATA], self[POS] = text .. sub(self[DATA], self[POS]), 1
end

--- The results of f(...), which reads; where it fails, what it has read is unread again.
function Reader:together(f, ...)
  if self.journal then return f(...) end
  local journal <close> = journals.new(self, self[POS])
  self.journal = journal
  local results = table.pack(pcall(f, ...))
  journal:finish(results[1]) -- not left to <close>: a coroutine that an error ends closes nothing
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

return { LARGE = LARGE, new = new }
