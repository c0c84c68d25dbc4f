-- Errors that end a wait or a step of the loop in the midst: what they leave as it was.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"

local function new()
  local l = loop.new()
  fixture.defer(l.close, l)
  return l
end

-- Counts the tasks, of twelve, that can wait at a time where they cannot yield.
local function places()
  local count = 12
  loop.run(function()
    local event = loop.event()
    loop.running().onerror = function() count = count - 1 end
    local function deepen(left)
      if left == 0 then return end
      loop.spawn(function()
        coroutine.wrap(function()
          deepen(left - 1)
          event:wait()
        end)()
      end)
    end
    deepen(12)
    for _ = 1, 40 do loop.sleep(0) end
    event:set()
    for _ = 1, 40 do loop.sleep(0) end
  end)
  return count
end

describe("a wait that cannot begin where the task cannot yield", function()
  it("leaves the task able to wait", function()
    fixture.need_epoll()
    loop.run(function()
      local ran = false
      pcall(coroutine.wrap(function() loop.wait(loop.running():fileno(), 1) end)) -- epoll(7) refuses itself
      loop.spawn(function()
        loop.sleep(0.001)
        ran = true
      end)
      loop.sleep(0.05)
      assert.is_true(ran)
    end)
  end)

  it("of a loop in a task of another loop leaves the running loop and the number of places", function()
    fixture.need_epoll()
    local before = places()
    assert.equal(8, before)
    local outer, inner = new(), new()
    local running
    outer:spawn(function()
      inner:spawn(function() loop.wait(outer:fileno(), 1, 0.05) end)
      inner:spawn(function()
        pcall(coroutine.wrap(function() loop.sleep(0.01) end)) -- epoll(7) refuses the circle
        running = loop.running()
      end)
      pcall(inner.run, inner)
    end)
    outer:run()
    assert.equal(inner, running)
    assert.equal(before, places())
  end)
end)

describe("a generator that waits in one task", function()
  it("is refused to another, and goes on in the first", function()
    loop.run(function()
      local generator = loop.wrap(function()
        loop.sleep(0.01)
        table.sort({3, 2, 1}, function(a, b)
          loop.sleep(0)
          return a < b
        end)
        return "made"
      end)
      local first, second = loop.spawn(generator), loop.spawn(pcall, generator)
      local ok, err = second:join()
      assert.is_false(ok)
      assert.matches("cannot resume non-suspended coroutine", err, 1, true)
      assert.equal("made", first:join())
    end)
  end)
end)

describe("a generator that is closed while it waits", function()
  it("raises an error in the task that waits", function()
    loop.run(function()
      local co
      local generator = loop.wrap(function()
        co = coroutine.running()
        loop.sleep(0)
      end)
      local task = loop.spawn(pcall, generator)
      loop.sleep(0)
      coroutine.close(co)
      local ok, err = task:join()
      assert.is_false(ok)
      assert.matches("the generator was closed", err, 1, true)
    end)
  end)
end)

describe("a task that joins one of another loop", function()
  for how, disturb in pairs({
    ["the other loop has made a step"] = function(other) other:step() end,
    ["a join of it has timed out"] = function(_, task) pcall(task.join, task, 0.01) end,
  }) do
    it("is woken when that ends, after " .. how, function()
      loop.run(function()
        local other, event = new(), loop.event()
        local task = other:spawn(function()
          event:wait()
          return "ended"
        end)
        local joiner = loop.spawn(task.join, task)
        loop.sleep(0.01)
        disturb(other, task)
        event:set()
        assert.equal("ended", joiner:join(20))
      end)
    end)
  end
end)

describe("a hook that raises at the end of timeout_after", function()
  it("leaves no deadline behind", function()
    loop.run(function()
      local armed = true
      debug.sethook(function()
        local caller = debug.getinfo(2, "Sn")
        if not armed or caller.what ~= "C" or caller.name then return end
        armed = false
        error("a hook", 0)
      end, "c")
      local ok, err = pcall(loop.timeout_after, 0.01, loop.sleep, 0)
      debug.sethook()
      if ok then fixture.lacking("the end is not called here: " .. tostring(err)) end
      loop.timeout_after(5, function()
        collectgarbage()
        collectgarbage()
      end)
      loop.sleep(0.05)
    end)
  end)
end)

describe("coroutine.close of a waiting task's coroutine", function()
  it("gives the error of its variables", function()
    local l = new()
    local co
    l:spawn(function()
      co = coroutine.running()
      local _ <close> = setmetatable({}, {__close = function() error("from the variable", 0) end})
      loop.sleep(20)
    end)
    l:step()
    assert.same({false, "from the variable"}, {coroutine.close(co)})
  end)
end)

describe("step with a time to wait", function()
  it("is refused in a task of the loop", function()
    loop.run(function()
      local l = loop.running()
      fixture.refuses("the loop is running, so that it cannot wait for itself", l.step, l, nil, 0.01)
    end)
  end)
end)
