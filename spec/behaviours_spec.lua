local core = require "pysocket.core"
local behaviours = require "spec.behaviours"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local runners = {}

-- Runs a behaviour in the manner of a runner; raises what it raises.
function runners.plain(f) f({}) end

runners["pysocket.loop"] = function(f)
  loop.run(function() f({ spawn = loop.spawn, sleep = loop.sleep }) end)
end

runners["pysocket.loop, generational collector"] = function(f)
  local before = collectgarbage("generational")
  fixture.defer(collectgarbage, before)
  runners["pysocket.loop"](f)
end

runners["a host's loop around pysocket.loop"] = function(f)
  local l <close> = loop.new()
  local task = l:spawn(f, { spawn = loop.spawn, sleep = loop.sleep })
  while l:step(0.002) do core.poll({ l:fileno(), core.POLLIN }, l:timeout()) end
  task:join()
end

-- In a host's scheduler: `go` runs its loop until nothing is left.
local function hosted(scheduler, go, f)
  local before = socket.setscheduler(scheduler)
  fixture.defer(socket.setscheduler, before)
  local run = {}
  function run.spawn(...) scheduler:spawn(...) end
  function run.sleep(seconds) scheduler:wait(nil, 0, seconds) end
  local ok, err, ended
  scheduler:spawn(function()
    ok, err = pcall(f, run)
    ended = true
  end)
  go()
  assert(ended, "it never ended")
  if not ok then error(err, 0) end
end

function runners.luv(f)
  local uv = fixture.need_module("luv")
  hosted(require("pysocket.schedulers.luv").new(), uv.run, f)
end

function runners.cqueues(f)
  fixture.need_module("cqueues")
  local scheduler = require("pysocket.schedulers.cqueues").new()
  hosted(scheduler, function() assert(scheduler.controller:loop()) end, f)
end

for name, run in pairs(runners) do
  describe("in " .. name, function()
    for what, f in pairs(behaviours.alone) do
      it(what, function() run(f) end)
    end
    if name == "plain" then return end
    for what, f in pairs(behaviours.together) do
      it(what, function() run(f) end)
    end
  end)
end
