local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tasks = require "spec.loop.tasks"

local settle <const>, waiting <const>, in_task <const> = tasks.settle, tasks.waiting, tasks.in_task

-- Waits until it is cancelled; then it takes a while to clean up.
local function linger(log, name)
  local _ <close> = setmetatable({}, {
    __close = function()
      loop.sleep(0.001)
      table.insert(log, name)
    end,
  })
  loop.event():wait()
end

-- Calls f with a group that is left when f returns.
local function grouped(f)
  local group <close> = loop.group()
  return f(group)
end

describe("a group", function()
  it("waits for all of its tasks when its block is left", in_task(function()
    local done = {}
    do
      local group <close> = loop.group()
      for i = 1, 3 do
        group:spawn(function(...)
          loop.sleep(0)
          table.insert(done, (...))
        end, i)
      end
      assert.same({}, done)
    end
    assert.same({ 1, 2, 3 }, done)
  end))

  it("keeps what its block returns", in_task(function()
    local function f()
      local group <close> = loop.group()
      local task = group:spawn(function()
        loop.sleep(0)
        return "from the task"
      end)
      return 1, nil, task
    end
    local one, none, task = f()
    assert.equal(1, one)
    assert.is_nil(none)
    assert.equal("from the task", task:join())
  end))

  it("waits for tasks that its tasks start", in_task(function()
    local done
    grouped(function(group)
      group:spawn(function()
        loop.sleep(0)
        group:spawn(function()
          loop.sleep(0)
          done = true
        end)
      end)
    end)
    assert.is_true(done)
  end))

  it("cancels the others and its block when one fails, and raises the failure once all have ended", in_task(function()
    local log, err = {}, {}
    local ok, got = pcall(grouped, function(group)
      group:spawn(linger, log, "first")
      group:spawn(linger, log, "second")
      group:spawn(function()
        loop.sleep(0)
        error(err)
      end)
      linger(log, "block")
    end)
    assert.is_false(ok)
    assert.equal(err, got)
    table.sort(log)
    assert.same({ "block", "first", "second" }, log)
  end))

  it("raises a failure that comes while it waits for the rest", in_task(function()
    local log = {}
    fixture.refuses("oh", grouped, function(group)
      group:spawn(linger, log, "other")
      group:spawn(function()
        loop.sleep(0.001)
        error("oh")
      end)
    end)
    assert.same({ "other" }, log)
  end))

  it("raises the failure of a block that need not wait", in_task(function()
    local log = {}
    fixture.refuses("oh", grouped, function(group)
      group:spawn(linger, log, "other")
      group:spawn(error, "oh")
      coroutine.yield() -- the failure comes here
    end)
    assert.same({ "other" }, log)
    loop.sleep(0) -- is not interrupted by what was meant for the block
  end))

  it("raises several failures as an ExceptionGroup, in their order", in_task(function()
    local function fail(text)
      local _ <close> = setmetatable({}, { __close = function() error(text, 0) end })
      loop.sleep(10)
    end
    local err = fixture.raises(socket.ExceptionGroup, grouped, function(group)
      group:spawn(fail, "second")
      group:spawn(error, "first", 0)
      fail("third")
    end)
    assert.equal("tasks of a group failed", err.strerror)
    assert.same({ "first", "second", "third" }, err.exceptions)
  end))

  it("raises a failure of a task that has no error object", in_task(function()
    local log = {}
    local ok, err = pcall(grouped, function(group)
      group:spawn(linger, log, "task")
      group:spawn(function() error(nil) end)
      linger(log, "block")
    end)
    assert.is_false(ok)
    assert.is_true(err == nil or type(err) == "string") -- Lua 5.5 makes an object
    table.sort(log)
    assert.same({ "block", "task" }, log)
    local function fail()
      local _ <close> = setmetatable({}, { __close = function() error(nil) end })
      loop.sleep(10)
    end
    local several = fixture.raises(socket.ExceptionGroup, grouped, function(group)
      group:spawn(fail)
      group:spawn(error, "oh", 0)
    end)
    assert.equal(2, #several.exceptions)
    loop.sleep(0) -- no cancel is left
  end))

  it("waits for a task whose spawn ends with the error of a debug hook", in_task(function()
    local log, at = {}, 0
    local function spawn(group)
      local left = at
      debug.sethook(function()
        left = left - 1
        if left == 0 then error("from the hook", 0) end
      end, "cr", 1)
      group:spawn(linger, log, "task")
      left = 0 -- the task inherits the hook
    end
    local ok, err
    repeat
      at = at + 1
      ok, err = pcall(grouped, function(group)
        local spawned, failure = pcall(spawn, group)
        debug.sethook()
        if not spawned then error(failure, 0) end
        group:cancel()
      end)
      local ended = #log
      settle()
      assert.equal(ended, #log) -- no task has outlived its group
      assert.is_true(ok or err == "from the hook", err)
    until ok
    assert.is_true(at > 10)
  end))

  it("cancels its tasks when its block fails", in_task(function()
    local log = {}
    fixture.refuses("oh", grouped, function(group)
      group:spawn(linger, log, "task")
      settle()
      error("oh")
    end)
    assert.same({ "task" }, log)
  end))

  it("cancels tasks that have not begun when its block fails", in_task(function()
    local task
    fixture.refuses("oh", grouped, function(group)
      task = group:spawn(print)
      error("oh")
    end)
    assert.equal("cancelled", task:status())
  end))

  it("is cancelled with the task around it, in its block", in_task(function()
    local log = {}
    local task = waiting(grouped, function(group)
      group:spawn(linger, log, "task")
      linger(log, "block")
    end)
    task:cancel()
    fixture.raises(loop.CancelledError, task.join, task)
    table.sort(log)
    assert.same({ "block", "task" }, log)
  end))

  it("is cancelled with the task around it, while that waits for the rest", in_task(function()
    local log = {}
    local task = waiting(grouped, function(group) group:spawn(linger, log, "task") end)
    task:cancel()
    task:cancel() -- once more, while the first one is under way
    fixture.raises(loop.CancelledError, task.join, task)
    assert.same({ "task" }, log)
  end))

  it("loses no cancel that comes when its last task has ended", in_task(function()
    local last
    local task = waiting(grouped, function(group)
      last = group:spawn(function() loop.sleep(10) end)
    end)
    last:cancel()
    loop.sleep(0)
    task:cancel()
    fixture.raises(loop.CancelledError, task.join, task)
  end))

  it("is bounded by timeout_after, and waits for its tasks all the same", in_task(function()
    local log = {}
    fixture.raises(socket.timeout, loop.timeout_after, 0.01, grouped, function(group)
      group:spawn(linger, log, "task")
    end)
    assert.same({ "task" }, log)
    fixture.raises(socket.timeout, loop.timeout_after, 0.01, grouped, function(group)
      group:spawn(linger, log, "other")
      loop.sleep(10)
    end)
    assert.same({ "task", "other" }, log)
  end))

  it("does not mind tasks of it that are cancelled alone", in_task(function()
    local first
    grouped(function(group)
      first = group:spawn(loop.sleep, 10)
      group:spawn(print):cancel() -- before it has begun
      settle()
      first:cancel()
    end)
    assert.equal("cancelled", first:status())
  end))

  it("may cancel its tasks, while its block goes on", in_task(function()
    local log = {}
    grouped(function(group)
      group:spawn(linger, log, "task")
      settle()
      group:cancel()
      loop.sleep(0.001)
      table.insert(log, "block")
      assert.equal("cancelled", (function()
        local late = group:spawn(print)
        settle()
        return late:status()
      end)())
    end)
    table.sort(log)
    assert.same({ "block", "task" }, log)
  end))

  it("may be cancelled by one of its tasks", in_task(function()
    local log = {}
    grouped(function(group)
      group:spawn(linger, log, "other")
      group:spawn(function()
        settle()
        group:cancel()
        table.insert(log, "never")
      end)
    end)
    assert.same({ "other" }, log)
  end))

  it("has tasks that may be joined, whose failure is raised once", in_task(function()
    local err = {}
    local ok, got = pcall(grouped, function(group)
      group:spawn(function()
        loop.sleep(0)
        error(err)
      end):join()
    end)
    assert.is_false(ok)
    assert.equal(err, got)
  end))

  it("reports no failure that it raises", function()
    local l <close> = loop.new()
    local reported = 0
    l.onerror = function() reported = reported + 1 end
    local task = l:spawn(pcall, grouped, function(group) group:spawn(error, "oh", 0) end)
    l:run()
    assert.same({ false, "oh" }, { task:join() })
    assert.equal(0, reported)
  end)

  it("stands in another one", in_task(function()
    local log = {}
    fixture.refuses("oh", grouped, function(outer)
      outer:spawn(grouped, function(inner)
        inner:spawn(linger, log, "deep")
      end)
      outer:spawn(function()
        settle()
        error("oh")
      end)
    end)
    assert.same({ "deep" }, log)
  end))

  it("ends with its loop", function()
    local l = loop.new()
    local log = {}
    l:spawn(grouped, function(group)
      group:spawn(function()
        local _ <close> = setmetatable({}, { __close = function() table.insert(log, "task") end })
        while true do pcall(loop.sleep, 10) end -- refuses to end
      end)
    end)
    l:step()
    l:step()
    l:close()
    assert.same({ "task" }, log)
  end)

  it("ends in a generator, and where Lua cannot yield", in_task(function()
    local log = {}
    local function work()
      grouped(function(group)
        group:spawn(function()
          loop.sleep(0.001)
          table.insert(log, "done")
        end)
      end)
    end
    coroutine.wrap(work)()
    loop.wrap(work)()
    table.sort({ 2, 1 }, function()
      work()
      return false
    end)
    assert.is_true(#log >= 3)
  end))

  it("keeps no task that has ended, however it did", in_task(function()
    local kept = setmetatable({}, { __mode = "k" })
    grouped(function(group)
      for i = 1, 200 do
        local task = group:spawn(loop.sleep, 0)
        kept[task] = true
        if i % 2 == 0 then task:cancel() end
        if i % 20 == 0 then settle() end
      end
      collectgarbage()
      collectgarbage()
      local count = 0
      for _ in pairs(kept) do count = count + 1 end
      assert.is_true(count < 60, count)
    end)
  end))

  it("starts no task after its block was left, and is none outside of a task", function()
    local left = loop.run(grouped, function(group) return group end)
    fixture.refuses("the group is closed", left.spawn, left, print)
    fixture.refuses("'group' outside of a task", loop.group)
    fixture.refuses("bad argument #1 to 'spawn' (function expected, got nil)", left.spawn, left)
    assert.equal("<group of 0 tasks>", tostring(left))
  end)
end)

describe("a cancel of a group's block", function()
  it("is raised in the outer block, too, when tasks of both groups fail in one turn", in_task(function()
    local start = loop.event()
    local function failing(text)
      return function()
        start:wait()
        error(text, 0)
      end
    end
    local outcome = table.pack(pcall(grouped, function(outer)
      outer:spawn(failing("outer"))
      local inner = table.pack(pcall(grouped, function(group)
        group:spawn(failing("inner"))
        outer:spawn(start.set, start)
        loop.sleep(20)
      end))
      assert.same({ false, "inner", n = 2 }, inner)
      fixture.raises(loop.CancelledError, loop.sleep, 20)
    end))
    assert.same({ false, "outer", n = 2 }, outcome)
  end))

  it("from outside is raised after the failure of a task in the same turn", in_task(function()
    local go = loop.event()
    local outcome, after
    local task = loop.spawn(function()
      outcome = table.pack(pcall(grouped, function(group)
        group:spawn(function()
          go:wait()
          error("a member", 0)
        end)
        loop.sleep(20)
      end))
      after = pcall(loop.sleep, 20)
    end)
    settle()
    go:set()
    loop.sleep(0)
    task:cancel()
    task:join()
    assert.same({ false, "a member", n = 2 }, outcome)
    assert.is_false(after)
  end))

  it("by a failure is withdrawn when the block ends before it waits", in_task(function()
    local go = loop.event()
    assert.same({ false, "a member" }, { pcall(grouped, function(group)
      group:spawn(function()
        go:wait()
        error("a member", 0)
      end)
      settle()
      go:set()
    end) })
    loop.sleep(0)
  end))
end)

describe("loop.first", function()
  it("gives what the first function returns, and cancels the others", in_task(function()
    local log = {}
    local results = table.pack(loop.first(
      function() linger(log, "slow") end,
      function()
        loop.sleep(0)
        return 1, nil, 3
      end,
      function() linger(log, "slower") end
    ))
    assert.same({ 1, nil, 3, n = 3 }, results)
    table.sort(log)
    assert.same({ "slow", "slower" }, log)
  end))

  it("raises what the first function raises, and cancels the others", in_task(function()
    local log = {}
    fixture.refuses("oh", loop.first, function() linger(log, "slow") end, function()
      loop.sleep(0)
      error("oh")
    end)
    assert.same({ "slow" }, log)
  end))

  it("raises the failures of the others' cleanup", in_task(function()
    local function lose()
      local _ <close> = setmetatable({}, { __close = function() error("second", 0) end })
      loop.sleep(10)
    end
    assert.same({ false, "second" }, { pcall(loop.first, lose, function() return 1 end) })
    local err = fixture.raises(socket.ExceptionGroup, loop.first, lose, function() error("first", 0) end)
    assert.same({ "first", "second" }, err.exceptions)
  end))

  it("raises a failure that has no error object", in_task(function()
    local ok, err = pcall(loop.first, function() error(nil) end, function() loop.sleep(10) end)
    assert.is_false(ok)
    assert.is_false(socket.isinstance(err, loop.CancelledError))
  end))

  it("takes nothing out of the queues of those that come too late", in_task(function()
    local a, b = loop.queue(), loop.queue()
    local task = waiting(loop.first, function() return a:get() end, function() return b:get() end)
    a:put("a")
    b:put("b")
    assert.equal("a", task:join())
    assert.equal("b", b:get_nowait())
  end))

  it("is cancelled with its task", in_task(function()
    local log = {}
    local task = waiting(loop.first, function() linger(log, 1) end, function() linger(log, 2) end)
    task:cancel()
    fixture.raises(loop.CancelledError, task.join, task)
    table.sort(log)
    assert.same({ 1, 2 }, log)
  end))

  it("wants functions, and a task", function()
    fixture.refuses("bad argument #1 to 'first' (function expected, got nil)", loop.first)
    fixture.refuses("bad argument #2 to 'first' (function expected, got number)", loop.first, print, 1)
    fixture.refuses("'first' outside of a task", loop.first, print)
  end)
end)
