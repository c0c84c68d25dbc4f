local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tasks = require "spec.loop.tasks"

local settle <const>, waiting <const>, in_task <const> = tasks.settle, tasks.waiting, tasks.in_task

-- A task that waits for the condition; then it calls f, while it holds the lock.
local function waiter(condition, f)
  return waiting(function()
    local _ <close> = condition:acquire()
    condition:wait()
    return f and f()
  end)
end

local function notify(condition, n)
  local _ <close> = condition:acquire()
  condition:notify(n)
end

describe("a condition", function()
  it("wakes those first that have waited longest", in_task(function()
    local condition = loop.condition()
    local order = {}
    for i = 1, 3 do waiter(condition, function() table.insert(order, i) end) end
    notify(condition)
    settle()
    assert.same({ 1 }, order)
    notify(condition, 2)
    settle()
    assert.same({ 1, 2, 3 }, order)
  end))

  it("wakes all", in_task(function()
    local condition = loop.condition()
    local first, second = waiter(condition), waiter(condition)
    do
      local _ <close> = condition:acquire()
      condition:notify_all()
    end
    first:join()
    second:join()
  end))

  it("keeps no notification for those that come later", in_task(function()
    local condition = loop.condition()
    notify(condition, 5)
    local task = waiter(condition)
    notify(condition)
    task:join()
  end))

  it("holds the lock again when the wait is over", in_task(function()
    local condition = loop.condition()
    local inside
    local task = waiter(condition, function()
      inside = condition:locked()
      loop.sleep(0)
    end)
    assert.is_false(condition:locked())
    local _ <close> = condition:acquire()
    condition:notify()
    settle()
    assert.is_nil(inside)
    condition:release()
    task:join()
    assert.is_true(inside)
  end))

  it("passes the notification of a task that is cancelled on to the next", in_task(function()
    local condition = loop.condition()
    local first, second = waiter(condition), waiter(condition)
    notify(condition)
    first:cancel()
    second:join()
    assert.equal("cancelled", first:status())
  end))

  it("passes the notification on when its task is interrupted while it waits for the lock", in_task(function()
    local condition = loop.condition()
    local first, second = waiter(condition), waiter(condition)
    local timed = waiting(pcall, loop.timeout_after, 0.1, function()
      local _ <close> = condition:acquire()
      condition:wait()
    end)
    local last = waiter(condition)
    for _, interrupt in ipairs({ function() first:cancel() end, function() loop.sleep(0.15) end }) do
      local _ <close> = condition:acquire()
      condition:notify()
      settle()
      interrupt()
    end
    second:join(10)
    local ok, err = timed:join(10)
    assert.is_false(ok)
    assert.is_true(socket.isinstance(err, socket.timeout))
    last:join(10)
    assert.equal("cancelled", first:status())
  end))

  it("drops the notification of a task that is cancelled where nobody else waits", in_task(function()
    local condition = loop.condition()
    local first = waiter(condition)
    notify(condition)
    first:cancel()
    settle()
    waiter(condition):cancel()
  end))

  it("holds the lock also where a cancel or a deadline ends the wait", in_task(function()
    local condition = loop.condition()
    local held = {}
    local function wait()
      local _ <close> = condition:acquire()
      local ok, err = pcall(condition.wait, condition)
      table.insert(held, not pcall(condition.acquire, condition)) -- the task holds the lock already
      if not ok then error(err, 0) end
    end
    local task = waiting(wait)
    local timed = waiting(pcall, loop.timeout_after, 0.1, wait)
    condition:acquire()
    task:cancel()
    loop.sleep(0.15)
    assert.same({}, held)
    task:cancel() -- while it waits for the lock
    settle()
    assert.same({}, held)
    condition:release()
    local ok, err = timed:join()
    assert.is_false(ok)
    assert.is_true(socket.isinstance(err, socket.timeout))
    settle()
    assert.same({ true, true }, held)
    assert.equal("cancelled", task:status())
    assert.is_false(condition:locked())
  end))

  it("waits for a predicate", in_task(function()
    local condition = loop.condition()
    local items = {}
    local task = waiting(function()
      local _ <close> = condition:acquire()
      return condition:wait_for(function() return #items >= 2 and items end)
    end)
    for i = 1, 2 do
      settle()
      assert.equal("waiting", task:status())
      local _ <close> = condition:acquire()
      items[i] = i
      condition:notify()
    end
    assert.equal(items, task:join())
  end))

  it("raises a timeout where its own time is up", in_task(function()
    local condition = loop.condition()
    local _ <close> = condition:acquire()
    assert.equal("wait", fixture.raises(socket.timeout, condition.wait, condition, 0.01).call)
    fixture.raises(socket.timeout, condition.wait_for, condition, function() end, 0.01)
    assert.is_true(condition:wait_for(function() return true end, 0))
  end))

  it("shares a lock with others", in_task(function()
    local lock = loop.lock()
    local full, empty = loop.condition(lock), loop.condition(lock)
    local _ <close> = full:acquire()
    assert.is_true(empty:locked())
    fixture.refuses("bad argument #1 to 'condition' (lock expected, got table)", loop.condition, {})
  end))

  it("is for a task that holds the lock", in_task(function()
    local condition = loop.condition()
    for _, name in ipairs({ "wait", "notify", "notify_all", "release" }) do
      fixture.refuses("the task does not hold the lock", condition[name], condition)
    end
    fixture.refuses("the task does not hold the lock", condition.wait_for, condition, print)
    assert.equal("<condition with <lock>>", tostring(condition))
    local _ <close> = condition:acquire()
    fixture.refuses("bad argument #1 to 'notify' (n must be a non-negative integer, got -1)", condition.notify,
      condition, -1)
  end))
end)
