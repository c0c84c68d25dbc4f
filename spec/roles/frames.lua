-- A frame loop at 60 Hz that gives the network 2 ms a frame, in a network with a silent name server
-- and a hole. Prints its port, then serves CLIENTS until each has had its answers, while a lookup
-- hangs and a client connects to a dead address; then the frames, the requests, the longest time
-- inside step in milliseconds, and how often the process slept in there. For strace, it writes
-- "step" before each step and "rest" behind it to stderr. Arguments: clients, requests of each.

local loop = require "pysocket.loop"
local machine = require "spec.machine"
local select = require "pysocket.select"
local socket = require "pysocket"

local FRAME <const>, BUDGET <const> = 1 / 60, 0.002

local clients, rounds = tonumber(arg[1]), tonumber(arg[2])
local requests = 0

local function serve(conn)
  local s <close> = conn
  local f <close> = s:makefile("rw")
  for line in f:lines() do
    requests = requests + 1
    f:write(line, "\n")
    f:flush()
  end
end

-- How often this thread gave up the processor because it had to wait.
local function sleeps()
  return tonumber(machine.status("voluntary_ctxt_switches"))
end

-- On a busy machine the system may give up a lookup or a connection before the clients are served.
local function hang(f, ...)
  local _, err
  repeat
    _, err = pcall(f, ...)
  until not (socket.isinstance(err, socket.gaierror) or socket.isinstance(err, socket.timeout))
  error(err, 0)
end

local l <close> = loop.new()
local hanging = {
  l:spawn(hang, socket.getaddrinfo, "silent.test", 80),
  l:spawn(hang, socket.create_connection, { "192.0.2.1", 80 }),
  l:spawn(hang, socket.create_connection, { "silent.test", 80 }),
}
local listener <close> = socket.create_server({ "127.0.0.1", 0 })
l:spawn(function()
  while true do l:spawn(serve, (listener:accept())) end
end)
print(listener:getsockname().port)
io.stdout:flush()

local frames, longest, slept = 0, 0, 0
local next_frame = socket.monotonic()
while requests < clients * rounds do
  io.stderr:write("step\n")
  local before, start = sleeps(), socket.monotonic()
  l:step(BUDGET)
  longest = math.max(longest, socket.monotonic() - start)
  slept = slept + sleeps() - before
  io.stderr:write("rest\n")
  frames = frames + 1
  next_frame = next_frame + FRAME
  select.select({}, {}, {}, math.max(next_frame - socket.monotonic(), 0))
end
for _, task in ipairs(hanging) do assert(task:status() == "waiting") end
print(frames, requests, longest * 1000, slept)
