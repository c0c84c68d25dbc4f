-- An echo server of tasks. Prints its port; when IDLE connections wait, each in a task, the bytes
-- that each of them costs, as Lua counts them and as the system does; after BUSY more have come and
-- gone, the number of requests and what each cost: Lua's instructions, and microseconds of this
-- process. With ROUNDS it is its own client, in one more task that asks so many questions: who
-- waits for whom is then the same in each run. Arguments: idle, busy, rounds.

local loop = require "pysocket.loop"
local machine = require "spec.machine"
local socket = require "pysocket"

local STEP <const> = 100 -- instructions

local idle, busy, rounds = tonumber(arg[1]), tonumber(arg[2]), tonumber(arg[3])

local function say(...)
  print(...)
  io.stdout:flush()
end

local function memory()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count") * 1024, tonumber(machine.status("VmRSS"):match("%d+")) * 1024
end

local requests = 0

local function serve(conn)
  local s <close> = conn
  local data = s:recv(4096)
  while data ~= "" do
    requests = requests + 1
    s:sendall(data)
    data = s:recv(4096)
  end
end

local instructions = 0

-- Counts what is run in this coroutine.
local function counted(f, ...)
  debug.sethook(function() instructions = instructions + STEP end, "", STEP)
  return f(...)
end

local function ask(address)
  local s <close> = socket.create_connection(address)
  for i = 1, rounds do
    s:sendall("question " .. i)
    s:recv(100)
  end
end

local function main(l, listener)
  local lua, system = memory()
  for _ = 1, idle do l:spawn(serve, (listener:accept())) end
  loop.sleep(0)
  loop.sleep(0)
  local lua_after, system_after = memory()
  say((lua_after - lua) / idle, (system_after - system) / idle)
  if rounds then l:spawn(ask, listener:getsockname()) end
  local tasks = {}
  for i = 1, busy do tasks[i] = l:spawn(counted, serve, (listener:accept())) end
  local start = os.clock()
  instructions = 0
  say("go")
  for _, task in ipairs(tasks) do task:join() end
  say(requests, instructions / requests, (os.clock() - start) / requests * 1e6)
end

local listener <close> = socket.create_server({ "127.0.0.1", 0 }, { backlog = 4096 })
say(listener:getsockname().port)
local l <close> = loop.new()
counted(function() l:spawn(main, l, listener):join() end)
