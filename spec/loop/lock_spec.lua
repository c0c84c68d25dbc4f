local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tasks = require "spec.loop.tasks"

local settle <const>, waiting <const>, in_task <const> = tasks.settle, tasks.waiting, tasks.in_task

describe("a lock", function()
  it("is held by one task at a time, in the order in which they ask", in_task(function()
    local lock = loop.lock()
    local order = {}
    local group <close> = loop.group()
    for i = 1, 3 do
      group:spawn(function()
        for _ = 1, 2 do
          local _ <close> = lock:acquire()
          table.insert(order, i)
          loop.sleep(0)
          table.insert(order, i)
        end
      end)
    end
    for _ = 1, 3 do settle() end
    assert.same({ 1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3 }, order)
  end))

  it("goes to the next where the one it was given to is cancelled", in_task(function()
    local lock = loop.lock()
    lock:acquire()
    local first = waiting(lock.acquire, lock)
    local second = waiting(function()
      local _ <close> = lock:acquire()
      return "held"
    end)
    lock:release()
    first:cancel()
    assert.equal("held", second:join())
    assert.is_false(lock:locked())
  end))

  it("is released at the end of a block, by an error and a cancel too", in_task(function()
    local lock = loop.lock()
    pcall(function()
      local _ <close> = lock:acquire()
      error("oh")
    end)
    local task = waiting(function()
      local _ <close> = lock:acquire()
      loop.sleep(10)
    end)
    assert.is_true(lock:locked())
    task:cancel()
    settle()
    assert.is_false(lock:locked())
  end))

  it("may be released before the end of its block", in_task(function()
    local lock = loop.lock()
    local other
    do
      local _ <close> = lock:acquire()
      lock:release()
      other = waiting(function()
        local _ <close> = lock:acquire()
        loop.sleep(10)
      end)
    end
    assert.is_true(lock:locked()) -- by the other one
    other:cancel()
  end))

  it("is not released by a task that does not hold it", in_task(function()
    local lock = loop.lock()
    fixture.refuses("the task does not hold the lock", lock.release, lock)
    waiting(function()
      lock:acquire()
      loop.sleep(10)
    end)
    fixture.refuses("the task does not hold the lock", lock.release, lock)
  end))

  it("refuses to be acquired twice by one task, and outside of tasks", function()
    local lock = loop.lock()
    loop.run(function()
      lock:acquire()
      fixture.refuses("the task holds the lock already", lock.acquire, lock)
      lock:release()
    end)
    fixture.refuses("'acquire' outside of a task", lock.acquire, lock)
  end)

  it("raises a timeout where its own time is up, or that of timeout_after", in_task(function()
    local lock = loop.lock()
    local holder = waiting(function()
      local _ <close> = lock:acquire()
      loop.sleep(10)
    end)
    assert.equal("acquire", fixture.raises(socket.timeout, lock.acquire, lock, 0.01).call)
    assert.equal("timeout_after", fixture.raises(socket.timeout, loop.timeout_after, 0.01, lock.acquire, lock).call)
    holder:cancel()
    lock:acquire(1)
  end))

  it("says who holds it", in_task(function()
    local lock = loop.lock()
    assert.equal("<lock>", tostring(lock))
    lock:acquire()
    assert.matches("^<lock of <task %S+ running>>$", tostring(lock))
    fixture.refuses("lock expected, got table", lock.release, {})
  end))
end)
