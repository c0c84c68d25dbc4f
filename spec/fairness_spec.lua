-- What tasks and loops can rely on among each other: their turn, being heard, and that what is dropped is closed.

local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local pair <const> = fixture.endless_pair

local function new()
  return fixture.keep(loop.new())
end

describe("of several tasks that wait for one socket", function()
  it("each is served in turn, also where one calls again at once", function()
    local l = new()
    local givers, takers = pair()
    local order = {}
    for i = 1, 3 do
      l:spawn(function()
        while true do
          takers:recv(1)
          order[#order + 1] = i
        end
      end)
    end
    l:step()
    for n = 1, 30 do
      givers:send("x")
      while #order < n do fixture.turn(l) end
    end
    for n = 4, 30 do assert.equal(order[n - 3], order[n], "message " .. n) end
    l:close()
  end)

  it("the first gets what comes first, whatever was cancelled before it", function()
    local l = new()
    local a, b = pair()
    local got, tasks = {}, {}
    for i = 1, 4 do tasks[i] = l:spawn(pcall, function() got[i] = a:recv(1) end) end
    l:step()
    tasks[1]:cancel()
    b:send("x")
    fixture.turn(l)
    b:send("y")
    while not got[3] do fixture.turn(l) end
    assert.same({ [2] = "x", [3] = "y" }, got)
    l:close()
  end)
end)

describe("the turn of a task", function()
  it("is over after some milliseconds, however few calls it has made", function()
    local l = new()
    local a, b = pair()
    b:sendall(("x"):rep(300))
    local ticks, done = 0, false
    l:spawn(function()
      for _ = 1, 300 do
        a:recv(1)
        local ends = fixture.monotonic() + 0.003
        repeat until fixture.monotonic() >= ends
      end
      done = true
    end)
    l:spawn(function()
      while not done do
        ticks = ticks + 1
        loop.sleep(0)
      end
    end)
    l:run()
    assert.is_true(ticks * fixture.SLOWNESS >= 60, ticks .. " turns of the other")
  end)
end)

describe("a descriptor's number that is used again", function()
  -- Waits for a descriptor of somebody else, who closes it: the number.
  local function wait_for_foreign()
    local pipe = io.popen("echo hi", "r")
    local fd = core.filedescriptor(pipe)
    assert.equal(1, loop.wait(fd, 1, 10))
    pipe:close() -- by Lua's io library: the loop is not told
    return fd
  end

  -- A socket on that number, from what makes pairs of sockets.
  local function socket_on(fd, make)
    local kept = {}
    for _ = 1, 40 do
      local s, peer = make()
      if s:fileno() == fd then return s, peer, kept end
      kept[#kept + 1] = s
      kept[#kept + 1] = peer
    end
    error("the number is not used again")
  end

  local makers = {
    ["of a pair"] = function() return pair() end,
    ["that is accepted"] = function(listener, address)
      local client = fixture.keep(socket.create_connection(address))
      return fixture.keep((listener:accept())), client
    end,
    ["of a duplicate"] = function(_, _, a, b) return fixture.keep(a:dup()), b end,
    ["that is adopted"] = function(_, _, a, b) return fixture.keep(socket.socket { fileno = socket.dup(a:fileno()) }), b end,
  }
  for what, make in pairs(makers) do
    it("is waited for anew by a socket " .. what, function()
      fixture.need_posix("no pipe can be waited for")
      local listener, address = fixture.listener()
      local a, b = pair()
      loop.run(function()
        local hole = what == "that is accepted" and fixture.keep(socket.socket()) -- its number is for the client
        local fd = wait_for_foreign()
        local s, peer = socket_on(fd, function()
          if hole then hole:close() end
          return make(listener, address, a, b)
        end)
        loop.spawn(function()
          loop.sleep(0.001)
          peer:send("x")
        end)
        s:settimeout(10)
        assert.equal("x", s:recv(1))
      end)
    end)
  end
end)

describe("loop.wait", function()
  it("tells which of the events came, or nil when time is up, in a task and outside", function()
    local function all()
      local a, b = pair()
      assert.is_nil(loop.wait(a, 1, 0.001))
      assert.equal(2, loop.wait(a, 3, 10))
      b:send("x")
      assert.equal(1, loop.wait(a:fileno(), 1, 10))
      assert.equal(1, loop.wait(a, 1)) -- it is still there
      assert.equal(3, loop.wait(a, 3))
      assert.equal("x", a:recv(1))
      b:close()
      assert.equal(1, loop.wait(a, 1, 10))
    end
    all()
    loop.run(all)
    loop.run(function() coroutine.wrap(all)() end)
  end)

  it("of one descriptor serves several tasks", function()
    local l = new()
    local a, b = pair()
    local got = {}
    for i = 1, 3 do l:spawn(function() got[i] = loop.wait(a, 1, 10) end) end
    l:step()
    b:send("x")
    l:run()
    assert.same({ 1, 1, 1 }, got)
  end)

  it("refuses what is no descriptor and no event", function()
    local a = pair()
    fixture.refuses("bad argument #1 to 'wait'", loop.wait, -1, 1)
    fixture.refuses("bad argument #2 to 'wait'", loop.wait, a, 8)
    fixture.refuses("bad argument #2 to 'wait'", loop.wait, a, 0)
    fixture.refuses("bad argument #3 to 'wait'", loop.wait, a, 1, "x")
  end)
end)

describe("a loop that sleeps in a task of another", function()
  -- What a task of the outer loop does to the inner one, whose task waits for `b`: how that task's run came out.
  local function outcome(deed)
    local a, b = pair()
    return loop.run(function()
      local inner, task
      local t = loop.spawn(pcall, loop.run, function()
        inner = loop.running()
        task = inner:spawn(function() return b:recv(1) end)
        return task:join()
      end)
      repeat loop.sleep(0) until task and task:status() == "waiting"
      loop.sleep(0.001) -- now the inner loop sleeps, too
      deed(inner, task, a, b)
      return t:join(10)
    end)
  end

  it("hears of a socket that is closed or given away", function()
    local ok, err = outcome(function(_, _, _, b) b:close() end)
    assert.is_false(ok)
    assert.equal("EBADF", err.name)
    ok, err = outcome(function(_, _, _, b) socket.close(b:detach()) end)
    assert.is_false(ok)
    assert.equal("EBADF", err.name)
  end)

  it("hears of a task that is cancelled, and of one that is spawned", function()
    local ok, err = outcome(function(_, task) task:cancel() end)
    assert.is_false(ok)
    assert.is_true(socket.isinstance(err, loop.CancelledError))
    ok, err = outcome(function(inner, _, a) inner:spawn(a.send, a, "x") end)
    assert.same({ true, "x" }, { ok, err })
  end)

  it("hears that it is to stop", function()
    local ok, err = outcome(function(inner) inner:stop() end)
    assert.is_false(ok)
    assert.matches("the loop was stopped", err)
  end)

  it("hears that it is closed", function()
    local ok, err = outcome(function(inner) inner:close() end)
    assert.is_false(ok)
    assert.is_not_nil(err)
  end)

  it("lets the outer one run while a task of it waits in place", function()
    local a, b = pair()
    local ticks = 0
    local got = loop.run(function()
      loop.spawn(function()
        for _ = 1, 5 do
          ticks = ticks + 1
          loop.sleep(0.001)
        end
        b:send("x")
      end)
      return loop.run(function() return coroutine.wrap(function() return a:recv(1) end)() end)
    end)
    assert.same({ "x", 5 }, { got, ticks })
  end)

  it("ends with the outer task that runs it, also while a task of it waits in place", function()
    for _, wait in ipairs { loop.wrap, coroutine.wrap } do
      local a = pair()
      local seen
      local outer = new()
      local t = outer:spawn(function()
        loop.run(function()
          local ok, err = pcall(wait(function() a:recv(1) end))
          seen = not ok and socket.isinstance(err, loop.CancelledError)
          error(err, 0)
        end)
      end)
      outer:spawn(function()
        loop.sleep(0.001)
        t:cancel()
      end)
      outer:run()
      assert.equal("cancelled", t:status())
      assert.is_true(seen)
    end
  end)

  it("may be joined from there by several tasks", function()
    local a, b = pair()
    local inner = new()
    local t = inner:spawn(function() return a:recv(1) end)
    local got = loop.run(function()
      local joiners, results = {}, {}
      for i = 1, 3 do joiners[i] = loop.spawn(t.join, t) end
      loop.sleep(0.001)
      b:send("x")
      for i, joiner in ipairs(joiners) do results[i] = joiner:join(10) end
      return results
    end)
    assert.same({ "x", "x", "x" }, got)
  end)
end)

describe("a task that is cancelled before it begins", function()
  it("closes the sockets and files that it was given", function()
    local l = new()
    local a, b = pair()
    local c = pair()
    local f = c:makefile("r")
    local disk = assert(io.open(fixture.file("x")))
    local t = l:spawn(function() end, a, f, disk, false, nil, 5)
    t:cancel()
    l:run()
    assert.equal("cancelled", t:status())
    assert.equal(-1, a:fileno())
    assert.equal("", b:recv(1))
    assert.is_true(f.closed)
    assert.equal("closed file", io.type(disk))
  end)

  it("leaves a loop among its arguments alone, and what closes may wait", function()
    local l = new()
    local a, b = pair()
    local got
    local slow = setmetatable({}, { __close = function() got = a:recv(1) end })
    local t = l:spawn(l.sleep, l, 10, slow)
    t:cancel()
    l:step()
    b:send("x")
    l:run()
    assert.equal("x", got)
    assert.equal(5, l:spawn(function() return 5 end):join())
  end)
end)

describe("an idle loop", function()
  it("sleeps no more once a signal's hook was set while it collected", function()
    local main = coroutine.running()
    local function strike()
      debug.sethook()
      error("struck", 0)
    end
    local l <close> = loop.new()
    l:spawn(function()
      setmetatable({}, { __gc = function() debug.sethook(main, strike, "c") end })
      loop.sleep(60)
    end)
    local start = fixture.monotonic()
    assert.same({ false, "struck" }, { pcall(l.run, l) })
    assert.is_true(fixture.monotonic() - start < 30) -- it sleeps for 60
  end)

  -- Whether a peer sees the end of a connection that nobody has any more, while nothing makes garbage.
  local function ends(drop)
    local l = new()
    local server, address = fixture.listener()
    server:settimeout(nil)
    l:spawn(drop, server)
    local client = fixture.keep(socket.create_connection(address))
    client:settimeout(5)
    return l:spawn(function()
      assert(client:recv(100) == "bye\n")
      return client:recv(100)
    end):join()
  end

  it("collects what was dropped: a socket, a file", function()
    assert.equal("", ends(function(server) server:accept():sendall("bye\n") end))
    assert.equal("", ends(function(server)
      local s <close> = server:accept()
      local f = s:makefile("w")
      f:write("bye\n")
      f:flush()
    end))
  end)

  it("leaves alone a collector that was stopped", function()
    local finalized = false
    local l = new()
    collectgarbage()
    collectgarbage("stop")
    fixture.defer(collectgarbage, "restart")
    setmetatable({}, { __gc = function() finalized = true end })
    l:spawn(loop.sleep, 0.3)
    l:run()
    assert.is_false(finalized)
  end)

  it("collects once for each time that something ran, and then sleeps", function()
    fixture.need_posix("os.clock tells the time of day")
    local l = new()
    local cycles = 0
    local function sentinel()
      return setmetatable({}, { __gc = function()
        cycles = cycles + 1
        sentinel()
      end })
    end
    collectgarbage()
    sentinel()
    local a = pair()
    a:settimeout(1)
    l:spawn(pcall, a.recv, a, 1)
    local before = os.clock()
    l:run()
    assert.is_true(cycles >= 1 and cycles <= 2, cycles .. " cycles")
    assert.is_true(os.clock() - before < 0.3)
  end)
end)
