-- A program in which a task fails, started in one of these ways: what lua prints of it is the spec's matter.

local loop = require "pysocket.loop"
local socket = require "pysocket"

local way, kind = arg[1], arg[2]

local failures <const> = {
  text = function() error("a failure") end,
  object = function() socket.inet_aton("nonsense") end,
  table = function() error({}) end,
}

local function inner()
  failures[kind]()
  return "no tail call"
end

local function work()
  loop.sleep(0)
  inner()
end

local ways <const> = {
  run = function() loop.run(work) end,
  join = function()
    loop.run(function()
      loop.spawn(work):join()
      return "no tail call"
    end)
  end,
  group = function()
    loop.run(function()
      local group <close> = loop.group()
      group:spawn(work)
    end)
  end,
  first = function() loop.run(loop.first, work) end,
  timeout_after = function() loop.run(loop.timeout_after, 60, work) end,
  spawn = function()
    loop.run(function()
      loop.spawn(work)
      loop.sleep(60)
    end)
  end,
  loop = function()
    local l <close> = loop.new()
    l:spawn(work)
    l:run()
  end,
  step = function()
    local l <close> = loop.new()
    l:spawn(work)
    while l:step() do end
  end,
  outside = function()
    local l <close> = loop.new()
    l:spawn(work):join()
  end,
  nested = function()
    loop.run(function()
      local l <close> = loop.new()
      l:spawn(work)
      l:run()
    end)
  end,
  onerror = function()
    local l <close> = loop.new()
    l.onerror = function(_, _, traceback) io.stderr:write("lua: ", traceback, "\n") end
    l:spawn(work)
    l:run()
    os.exit(1)
  end,
}

ways[way]()
