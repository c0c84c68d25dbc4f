-- What the specs of files share.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local files = {}

-- A file of one end of a pair, closed at the end of the test; the other end, and this one.
function files.open(...)
  local a, b = fixture.pair()
  local f = a:makefile(...)
  fixture.defer(pcall, f.close, f) -- what still waits in it may have nowhere to go
  return f, b, a
end

-- A binary file from which text can be read, and then nothing more.
function files.holding(text, ...)
  local f, peer = files.open("rb", ...)
  peer:sendall(text)
  peer:close()
  return f
end

-- A binary file whose reads do not wait, and its peer.
function files.impatient(...)
  local f, peer, s = files.open("rb", ...)
  s:setblocking(false)
  return f, peer
end

-- Returns the bytes that have arrived. TCP brings more when there is room for them again.
function files.arrived(peer)
  peer:setblocking(false)
  local pieces = {}
  local recv = socket.protect(peer.recv)
  repeat
    local piece = recv(peer, 65536)
    local over = fixture.monotonic() + (peer.family == socket.AF_UNIX and 0 or 0.05)
    while not piece and fixture.monotonic() < over do piece = recv(peer, 65536) end
    pieces[#pieces + 1] = piece
  until not piece or piece == ""
  return table.concat(pieces)
end

-- That many bytes, all different enough to show what is missing or repeated.
function files.pattern(bytes)
  local numbers = {}
  for i = 1, bytes // 8 do
    numbers[i] = ("%7d "):format(i)
  end
  return table.concat(numbers)
end

local Scheduler = {}
Scheduler.__index = Scheduler

function Scheduler.wait() coroutine.yield() end

function Scheduler.closing() end

-- Installs a scheduler that does nothing but yield. Gives a function that starts f(...) as a task
-- of its and returns the coroutine, which has run until it waits.
function files.scheduler()
  local scheduler = setmetatable({ tasks = setmetatable({}, { __mode = "k" }) }, Scheduler)
  socket.setscheduler(scheduler)
  fixture.defer(socket.setscheduler, nil)
  return function(f, ...)
    local task = coroutine.create(f)
    scheduler.tasks[task] = true
    assert(coroutine.resume(task, ...))
    return task
  end
end

return files
