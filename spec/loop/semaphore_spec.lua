local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tasks = require "spec.loop.tasks"

local settle <const>, waiting <const>, in_task <const> = tasks.settle, tasks.waiting, tasks.in_task

describe("a semaphore", function()
  it("lets so many tasks through at a time", in_task(function()
    local s = loop.semaphore(2)
    local inside, most = 0, 0
    local group <close> = loop.group()
    for _ = 1, 6 do
      group:spawn(function()
        local _ <close> = s:acquire()
        inside = inside + 1
        most = math.max(most, inside)
        loop.sleep(0)
        inside = inside - 1
      end)
    end
    settle()
    assert.equal(2, most)
  end))

  it("gives permits in the order in which tasks ask", in_task(function()
    local s = loop.semaphore(0)
    local order = {}
    for i = 1, 3 do
      waiting(function()
        s:acquire()
        table.insert(order, i)
      end)
    end
    for _ = 1, 3 do s:release() end
    settle()
    assert.same({ 1, 2, 3 }, order)
  end))

  it("has no permit for a newcomer while one that waited is about to take it", in_task(function()
    local s = loop.semaphore(1)
    s:acquire()
    local first = waiting(s.acquire, s)
    s:release()
    assert.is_true(s:locked())
    fixture.raises(socket.timeout, s.acquire, s, 0)
    first:join()
  end))

  it("passes the permit of a task that is cancelled on to the next", in_task(function()
    local s = loop.semaphore(0)
    local first, second = waiting(s.acquire, s), waiting(s.acquire, s)
    s:release()
    first:cancel()
    second:join()
    assert.equal("cancelled", first:status())
    assert.is_true(s:locked())
  end))

  it("keeps the permit of a task that is cancelled where nobody else waits", in_task(function()
    local s = loop.semaphore(0)
    local task = waiting(s.acquire, s)
    s:release()
    task:cancel()
    settle()
    assert.is_false(s:locked())
  end))

  it("releases at the end of a block, by an error too", in_task(function()
    local s = loop.semaphore(1)
    pcall(function()
      local _ <close> = s:acquire()
      error("oh")
    end)
    assert.is_false(s:locked())
  end))

  it("raises a timeout where its own time is up, or that of timeout_after", in_task(function()
    local s = loop.semaphore(0)
    assert.equal("acquire", fixture.raises(socket.timeout, s.acquire, s, 0.01).call)
    assert.equal("timeout_after", fixture.raises(socket.timeout, loop.timeout_after, 0.01, s.acquire, s).call)
    s:release()
    s:acquire()
  end))

  it("may be used outside of tasks where nothing has to wait", function()
    local s = loop.semaphore()
    s:acquire()
    fixture.refuses("'acquire' has to wait outside of a task", s.acquire, s)
    s:release()
    assert.is_false(s:locked())
  end)

  it("has a number of permits", function()
    fixture.refuses("bad argument #1 to 'semaphore' (value must be a non-negative integer, got -1)", loop.semaphore, -1)
    fixture.refuses("bad argument #1 to 'acquire' (timeout must be a number, got string)", function()
      loop.semaphore():acquire("1")
    end)
    assert.equal("<semaphore with 3 free>", tostring(loop.semaphore(3)))
  end)
end)
