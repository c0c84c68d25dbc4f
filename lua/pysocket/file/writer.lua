-- The bytes that a file was given to write and has not yet sent. A writer calls `sink:send` and
-- nothing else. Since each call tells exactly what has gone, whatever ends a flush (a timeout, a
-- cancelled task, Ctrl-C) loses nothing, and nothing is sent twice.

local core = require "pysocket.core"

local find, gsub, sub = string.find, string.gsub, string.sub

local BLOCK <const> = 256 * 1024 -- what is cut off at once from data that is sent in several steps

local Writer = { __name = "pysocket.writer" }
Writer.__index = Writer

--- A writer.
-- @tparam table sink what has `sink:send(data)`
-- @tparam integer size how many bytes may wait
-- @tparam boolean by_line whether a complete line goes out at once
-- @tparam ?string newline what "\n" is written as, where it is something else
local function new(sink, size, by_line, newline)
  return setmetatable({
    sink = sink,
    size = size,
    by_line = by_line,
    newline = newline,
    queue = {},
    count = 0, -- of what is in the queue
    queued = 0, -- its bytes
    rest = nil, -- a batch that has not gone entirely; it comes before the queue
  }, Writer)
end

--- Bytes that wait to be sent.
function Writer:unsent()
  local rest = self.rest
  return self.queued + (rest and #rest.data - rest.sent or 0)
end

-- What a flush has in hand. When the flush ends too early, for whatever reason, it goes back.
local Batch = { __name = "pysocket.batch" }
Batch.__index = Batch

function Batch:finish()
  local writer = self.writer
  if not writer then return end
  self.writer = nil
  if self.sent == #self.data then return end
  local other = writer.rest
  if other then -- another task failed at the same time
    self.data = sub(self.data, self.sent + 1) .. sub(other.data, other.sent + 1)
    self.sent = 0
  end
  writer.rest = self
end

Batch.__close = Batch.finish -- when the task is given up

-- The next batch, which is the flush's from now on; nil when there is none.
local function take_batch(self)
  local batch = self.rest
  if batch then
    self.rest, batch.writer = nil, self
  elseif self.count > 0 then
    local queue = self.queue
    local data = self.count == 1 and queue[1] or table.concat(queue, "", 1, self.count)
    batch = setmetatable({ writer = self, data = data, sent = 0 }, Batch)
    self.queue, self.count, self.queued = {}, 0, 0
  end
  return batch
end

local function send(sink, batch)
  local data = batch.data
  while batch.sent < #data do
    local sent = batch.sent
    local piece = sent == 0 and data or sub(data, sent + 1, sent + BLOCK)
    batch.sent = sent + sink:send(piece)
  end
end

--- Sends all that waits. Called again after an error, it goes on where it stopped.
-- @raise whatever `sink:send` raises
function Writer:flush()
  repeat
    local batch <close> = take_batch(self)
    if batch then
      local ok, err = pcall(send, self.sink, batch)
      batch:finish() -- not left to <close>: a coroutine that an error ends closes nothing
      if not ok then error(err, 0) end
    end
  until not batch
end

--- From now on takes no more than the socket that is its sink does at once; for the rest it fails.
function Writer:hurry()
  local socket = self.sink
  self.sink = {
    send = function(_, data)
      -- that flag alone does not keep a socket with a timeout from waiting
      local ready = core.poll({ socket:fileno(), core.POLLOUT }, 0)
      if not ready[1] then core.raise_errno(core.errno.EAGAIN, "send") end
      return socket:send(data, core.MSG_DONTWAIT)
    end,
  }
end

--- Takes data; all of it waits or has gone, also when sending fails.
-- @tparam string data
-- @raise whatever `sink:send` raises
function Writer:write(data)
  local line = self.by_line and find(data, "\n", 1, true)
  if self.newline then data = gsub(data, "\n", self.newline) end
  local count = self.count + 1
  self.queue[count], self.count = data, count
  local queued = self.queued + #data
  self.queued = queued
  if queued > self.size or line then self:flush() end
end

--- Changes how much may wait.
function Writer:configure(size, by_line)
  self.size, self.by_line = size, by_line
end

return { new = new }
