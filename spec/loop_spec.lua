local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local function new()
  return fixture.keep(loop.new())
end

local pair <const> = fixture.endless_pair

describe("loop.run", function()
  it("gives what the function returns", function()
    assert.same({ 1, nil, 3, n = 3 }, table.pack(loop.run(function(...) return ... end, 1, nil, 3)))
  end)

  it("raises what the function raises", function()
    local err = {}
    assert.equal(err, select(2, pcall(loop.run, error, err)))
  end)

  it("leaves no task and no scheduler behind, also in a coroutine that its error ends", function()
    local left
    assert.is_false(coroutine.resume(coroutine.create(loop.run), function()
      left = loop.spawn(loop.sleep, 10)
      error("oh")
    end))
    assert.equal("cancelled", left:status())
    assert.is_nil(socket.getscheduler())
  end)

  it("cancels the tasks that are left", function()
    local a = pair()
    local closed
    loop.run(function()
      loop.running():spawn(function()
        local _ <close> = setmetatable({}, { __close = function() closed = true end })
        a:recv(1)
      end)
      loop.running():sleep(0)
    end)
    assert.is_true(closed)
  end)

  it("leaves no scheduler behind where a task closes the loop", function()
    local before = socket.getscheduler()
    assert.equal("closed", loop.run(function()
      loop.running():close()
      return "closed"
    end))
    assert.equal(before, socket.getscheduler())
  end)

  it("leaves no scheduler behind", function()
    local before = socket.getscheduler()
    loop.run(function() end)
    assert.equal(before, socket.getscheduler())
  end)
end)

describe("loop:run", function()
  it("refuses a function: what is run is spawned before", function()
    local text = "bad argument #1 to 'run' (no argument expected, got function)"
    fixture.refuses(text, function() new():run(print) end)
  end)
end)

describe("tasks", function()
  it("run blocking-style code side by side", function()
    local l = new()
    local listener, address = fixture.listener()
    listener:settimeout(nil)
    local answers = 0
    l:spawn(function()
      for _ = 1, 20 do
        local conn = listener:accept()
        l:spawn(function()
          local c <close> = conn
          for line in c:makefile("rb"):lines() do c:sendall(line:upper() .. "\n") end
        end)
      end
    end)
    for i = 1, 20 do
      l:spawn(function()
        local s <close> = socket.create_connection(address)
        local f <close> = s:makefile("rwb")
        for j = 1, 10 do
          f:write("client ", i, " line ", j, "\n")
          f:flush()
          assert(f:read("l") == ("CLIENT %d LINE %d"):format(i, j))
          answers = answers + 1
        end
      end)
    end
    l:run()
    assert.equal(200, answers)
  end)

  it("begin at the next turn, in the order they were spawned", function()
    local l = new()
    local order = {}
    for i = 1, 3 do l:spawn(table.insert, order, i) end
    assert.same({}, order)
    l:step()
    assert.same({ 1, 2, 3 }, order)
  end)

  it("may yield by themselves, which lets the others run", function()
    local l = new()
    local order = {}
    for i = 1, 2 do
      l:spawn(function()
        for _ = 1, 2 do
          table.insert(order, i)
          assert(select("#", coroutine.yield()) == 0)
        end
      end)
    end
    l:run()
    assert.same({ 1, 2, 1, 2 }, order)
  end)

  it("wait all for one socket: when its event comes, each tries again", function()
    local l = new()
    local a, b = pair()
    local got = {}
    for _ = 1, 3 do
      l:spawn(function() table.insert(got, a:recv(1)) end)
    end
    l:spawn(function() b:sendall("xyz") end)
    l:run()
    table.sort(got)
    assert.same({ "x", "y", "z" }, got)
  end)

  it("read and write one socket at the same time", function()
    local l = new()
    local a, b = pair()
    local data = ("d"):rep(1000000)
    local got = {}
    l:spawn(function() a:sendall(data) end)
    l:spawn(function() assert(a:recv(10) == "back") end)
    l:spawn(function()
      b:sendall("back")
      local n = 0
      while n < #data do
        local chunk = b:recv(65536)
        n = n + #chunk
        table.insert(got, chunk)
      end
    end)
    l:run()
    assert.is_true(table.concat(got) == data)
  end)

  it("keep nobody from running when their socket's timeout is taken away while they wait", function()
    local child = fixture.child("unlimited")
    assert.equal(tostring(1 << 20), child:line())
    assert.equal(0, child:wait())
  end)

  it("that always find data let others run now and then", function()
    local l = new()
    local a, b = pair()
    b:sendall(("x"):rep(2000))
    local ticks, done = 0, false
    l:spawn(function()
      for _ = 1, 2000 do a:recv(1) end
      done = true
    end)
    l:spawn(function()
      while not done do
        ticks = ticks + 1
        l:sleep(0)
      end
    end)
    l:run()
    assert.is_true(ticks >= 10)
  end)

  it("are woken with EBADF when their socket is closed, from a task or from outside", function()
    local l = new()
    local a, b = pair()
    local errors = {}
    l:spawn(function() errors[1] = select(2, pcall(a.recv, a, 1)) end)
    l:spawn(function() errors[2] = select(2, pcall(b.recv, b, 1)) end)
    l:step()
    b:close()
    l:spawn(function() a:close() end)
    l:run()
    assert.equal("EBADF", errors[1].name)
    assert.equal("EBADF", errors[2].name)
  end)

  it("resolve names", function()
    local infos = loop.run(socket.getaddrinfo, "localhost", 80)
    assert.equal(80, infos[1].sockaddr.port)
  end)

  it("keep their timeouts", function()
    local a = pair()
    a:settimeout(0.02)
    local start = fixture.monotonic()
    local err = loop.run(function() return select(2, pcall(a.recv, a, 1)) end)
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)
end)

describe("join", function()
  it("gives the task's results, to a task and to who is none", function()
    local l = new()
    local t = l:spawn(function()
      l:sleep(0.001)
      return "a", nil, "c"
    end)
    local inside
    l:spawn(function() inside = table.pack(t:join()) end)
    assert.same({ "a", nil, "c", n = 3 }, table.pack(t:join()))
    l:run()
    assert.same({ "a", nil, "c", n = 3 }, inside)
  end)

  it("raises the task's error", function()
    local l = new()
    local t = l:spawn(error, "broken", 0)
    assert.equal("broken", select(2, pcall(t.join, t)))
    assert.equal("failed", t:status())
  end)

  it("raises timeout, and the task goes on", function()
    local l = new()
    local a, b = fixture.pair()
    local t = l:spawn(a.recv, a, 1)
    fixture.raises(socket.timeout, t.join, t, 0.01)
    b:send("x")
    assert.equal("x", t:join())
  end)

  it("of itself is refused", function()
    local l = new()
    local t
    t = l:spawn(function() return pcall(t.join, t) end)
    local ok, err = t:join()
    assert.is_false(ok)
    assert.truthy(err:find("cannot join itself", 1, true))
  end)
end)

describe("cancel", function()
  it("raises CancelledError where the task waits, and its <close> variables close", function()
    local l = new()
    local a = pair()
    local s
    local t = l:spawn(function()
      local mine <close> = a
      s = mine
      a:recv(1)
    end)
    l:step()
    assert.is_true(t:cancel())
    l:run()
    assert.equal("cancelled", t:status())
    assert.equal(-1, s:fileno())
    assert.is_true(socket.isinstance(select(2, pcall(t.join, t)), loop.CancelledError))
  end)

  it("of a task that has not begun: it never does", function()
    local l = new()
    local began
    local t = l:spawn(function() began = true end)
    t:cancel()
    l:run()
    assert.is_nil(began)
    assert.equal("cancelled", t:status())
  end)

  it("of a task that has not begun gives its arguments back", function()
    local l = new()
    local kept = setmetatable({}, { __mode = "k" })
    local function spawn(argument)
      kept[argument] = true
      return l:spawn(function() end, 1, argument)
    end
    local t = spawn({})
    collectgarbage()
    assert.is_not_nil(next(kept))
    t:cancel()
    l:run()
    collectgarbage()
    assert.is_nil(next(kept))
    assert.equal("cancelled", t:status())
  end)

  it("may be caught, and the task goes on", function()
    local l = new()
    local t = l:spawn(function()
      pcall(l.sleep, l, 10)
      l:sleep(0)
      return "went on"
    end)
    l:step()
    t:cancel()
    assert.equal("went on", t:join())
  end)

  it("of a task that has ended does nothing", function()
    local l = new()
    local t = l:spawn(function() return 1 end)
    l:run()
    assert.is_false(t:cancel())
    assert.equal(1, t:join())
  end)

  it("passes through protect", function()
    local l = new()
    local a = pair()
    local t = l:spawn(function() return socket.protect(a.recv)(a, 1) end)
    l:step()
    t:cancel()
    l:run()
    assert.equal("cancelled", t:status())
  end)
end)

describe("an error in a task that nobody joins", function()
  it("surfaces from run, with the task's traceback", function()
    local l = new()
    l:spawn(function() error("broken") end)
    local ok, err = pcall(l.run, l)
    assert.is_false(ok)
    assert.truthy(err:find("broken", 1, true))
    assert.truthy(err:find("traceback.*in function <spec/loop_spec.lua:"))
  end)

  local texts <const> = {
    text = "spec/roles/failing.lua:%d+: a failure",
    object = "spec/roles/failing.lua:%d+: OSError: .*",
    table = "%(error object is a table value%)",
  }

  -- The lines that such a program prints, but for the name of the interpreter.
  local function printed(way, kind)
    local child = fixture.child("failing", way, kind)
    assert.equal("", child:rest())
    assert.equal(1, child:wait())
    local lines = {}
    for line in child:errors():gsub("^%a:\\", ""):gsub("^[^:]*: ", ""):gmatch("[^\n]+") do lines[#lines + 1] = line end
    return lines
  end

  for _, way in ipairs({
    "run", "join", "group", "first", "timeout_after", "spawn", "loop", "step", "outside", "nested", "onerror",
  }) do
    for kind, text in pairs(texts) do
      it(("is printed by lua with one traceback, the task's: %s, by %s"):format(kind, way), function()
        local lines = printed(way, kind)
        assert.matches("^" .. text .. "$", lines[1])
        assert.equal("stack traceback:", lines[2])
        local all = table.concat(lines, "\n", 3)
        assert.matches("failing.lua:%d+: in upvalue 'inner'", all)
        assert.is_nil(all:find("traceback") or all:find("pysocket") or all:find("[C]: in ?", 1, true) or all:find("main chunk"))
      end)
    end
  end

  it("is printed with the frames of the tasks that raised it again", function()
    local frame = "\n\tspec/roles/failing.lua:%d+: in [^\n]+"
    local lines = table.concat(printed("join", "text"), "\n")
    assert.matches("stack traceback:\n\t%[C%]: in %l+ 'error'" .. frame .. frame .. frame .. frame .. "$", lines)
  end)

  it("is the error itself where somebody catches it", function()
    local ok, err = pcall(loop.run, error, "oh", 0)
    assert.same({ false, "oh" }, { ok, err })
    local object = {}
    ok, err = pcall(loop.run, error, object)
    assert.same({ false, true }, { ok, rawequal(object, err) })
    ok, err = pcall(loop.run, socket.inet_aton, "nonsense")
    assert.same({ false, true }, { ok, socket.isinstance(err, socket.error) })
    assert.is_nil(tostring(err):find("traceback"))
  end)

  it("is told also where a join had given up before", function()
    local l <close> = new()
    local a, b = pair()
    local t = l:spawn(function()
      a:recv(1)
      error("oh", 0)
    end)
    local joiner = l:spawn(pcall, t.join, t, 0.001)
    local start = fixture.monotonic()
    while not fixture.ended(joiner) and fixture.monotonic() < start + 10 do fixture.turn(l) end
    b:send("x")
    local ok, err = pcall(l.run, l)
    assert.is_false(ok)
    assert.matches("^oh", err)
  end)

  for place, join in pairs({
    ["outside of the tasks"] = function(_, t) fixture.raises(socket.timeout, t.join, t, 0.001) end,
    ["where it could not yield"] = function(l, t)
      l:spawn(pcall, string.gsub, "x", "x", function() t:join(0.001) end):join()
    end,
  }) do
    it("is told also where a join had given up before, " .. place, function()
      local l <close> = new()
      local a, b = pair()
      local t = l:spawn(function()
        a:recv(1)
        error("oh", 0)
      end)
      join(l, t)
      b:send("x")
      local ok, err = pcall(l.run, l)
      assert.is_false(ok)
      assert.matches("^oh", err)
    end)
  end

  -- In one turn the task fails and some of those who join it are cancelled, in that order or the
  -- other: how many were told, and how many of the joins heard.
  local function fail_and_cancel(cancel_first, joins, cancels)
    local l <close> = new()
    local told, heard, go = 0, 0, false
    local joiners = {}
    l.onerror = function() told = told + 1 end
    local function when_all_wait(f)
      return l:spawn(function()
        while not go do l:sleep(0) end
        f()
      end)
    end
    local function cancel()
      for i = 1, cancels do joiners[i]:cancel() end
    end
    if cancel_first then when_all_wait(cancel) end
    local failing = when_all_wait(function() error("oh", 0) end)
    if not cancel_first then when_all_wait(cancel) end
    for i = 1, joins do
      joiners[i] = l:spawn(function()
        if select(2, pcall(failing.join, failing)) == "oh" then heard = heard + 1 end
      end)
    end
    l:step()
    l:step()
    go = true
    l:run()
    return told, heard
  end

  for _, cancel_first in ipairs { false, true } do
    local when <const> = cancel_first and "before" or "after"
    it("is told where all its joins are cancelled in that turn, " .. when, function()
      for joins = 1, 3 do
        for cancels = 0, joins do
          local told, heard = fail_and_cancel(cancel_first, joins, cancels)
          assert.same({ cancels == joins and 1 or 0, joins - cancels }, { told, heard })
        end
      end
    end)
  end

  it("is told with the task's name", function()
    local l <close> = new()
    l:spawn(error, "oh", 0).name = "mailer"
    local ok, err = pcall(l.run, l)
    assert.is_false(ok)
    assert.matches("^task 'mailer': oh\n", err)
  end)

  it("keeps its traceback to itself where the error is everybody's", function()
    local a = pair()
    a:setblocking(false)
    local l <close> = new()
    l:spawn(a.recv, a, 1, socket.MSG_DONTWAIT)
    local blocking = select(2, pcall(a.recv, a, 1))
    assert.is_true(socket.isinstance(blocking, socket.BlockingIOError))
    l:spawn(function() error(blocking, 0) end)
    local ok, err = pcall(function() l:run() l:run() end)
    assert.is_false(ok)
    assert.is_string(err.traceback)
    assert.is_nil(select(2, pcall(a.recv, a, 1)).traceback)
  end)

  it("is something to do, until it is told", function()
    local l <close> = new()
    for i = 1, 3 do l:spawn(error, "error " .. i, 0) end
    for i = 1, 3 do
      assert.equal(0, l:timeout())
      local ok, err = pcall(l.step, l)
      assert.is_false(ok)
      assert.matches("^error " .. i, err)
    end
    assert.is_nil(l:timeout())
  end)

  it("keeps its object, which gets the traceback as a field", function()
    local l = new()
    l:spawn(function() socket.inet_aton("nonsense") end)
    local ok, err = pcall(l.run, l)
    assert.is_false(ok)
    assert.is_true(socket.isinstance(err, socket.error))
    assert.truthy(err.traceback:find("loop_spec.lua", 1, true))
  end)

  it("goes to onerror, where that is set", function()
    local l = new()
    local seen
    function l.onerror(task, err, traceback) seen = { task, err, traceback } end
    local t = l:spawn(error, "broken", 0)
    l:run()
    assert.same({ t, "broken" }, { seen[1], seen[2] })
    assert.truthy(seen[3]:find("traceback", 1, true))
  end)

  it("leaves the other tasks alone", function()
    local l = new()
    local done
    l:spawn(error, "broken", 0)
    l:spawn(function()
      l:sleep(0.001)
      done = true
    end)
    assert.is_false((pcall(l.run, l)))
    l:run()
    assert.is_true(done)
  end)
end)

-- As Ctrl-C does, in the stock interpreter.
-- Has a hook raise an error that many instructions from here, and calls a function before, if given.
local function raise_at(n, tell)
  debug.sethook(function()
    debug.sethook()
    if tell then tell() end
    error("from a hook", 0)
  end, "", n)
end

describe("a hook that raises in the midst of a loop's work", function()
  -- Six tasks that wait in different ways, and what comes of them when the n-th instruction raises: of the main
  -- program for 0, else of that task. Has it?
  local function outcomes(n, whose)
    local a, b = pair()
    local l <close> = new()
    l.onerror = function() end
    local raised, tasks = false, {}
    local function tell() raised = true end
    local works = {
      function() return a:recv(1) end,
      function() loop.sleep(0) return "slept" end,
      function() loop.sleep(0.001) return "slept on" end,
      function() return (tasks[1]:join()) end,
      function() return loop.timeout_after(5, loop.wrap(function() loop.sleep(0) return "wrapped" end)) end,
      function() return (("x"):gsub("x", function() loop.sleep(0) return "in place" end)) end,
    }
    for i, work in ipairs(works) do
      tasks[i] = l:spawn(function()
        if whose == i then raise_at(n, tell) end
        local result = work()
        debug.sethook()
        return result
      end)
    end
    l:step()
    b:send("x")
    pcall(function()
      if whose == 0 then raise_at(n, tell) end
      for _ = 1, 3 do l:step() end
      l:run()
      debug.sethook()
    end)
    l:run()
    local results = {}
    for i, t in ipairs(tasks) do results[i] = select(2, pcall(t.join, t)) end
    return raised, results
  end

  it("ends that call alone, and loses no task", function()
    for whose = 0, 6 do
      local strikes = 0
      for n = 1, 60 do
        local raised, results = outcomes(n, whose)
        if raised then strikes = strikes + 1 end
        for i, expected in ipairs({ "x", "slept", "slept on", "x", "wrapped", "in place" }) do
          local hit = i == whose or i == 4 and whose == 1
          if not (hit and results[i] == "from a hook") then
            assert.equal(expected, results[i], ("task %d, at instruction %d of %d"):format(i, n, whose))
          end
        end
        assert.is_nil(socket.getscheduler())
      end
      assert.is_true(strikes > 5, strikes .. " strikes in " .. whose)
    end
  end)

  -- Calls f with a hook that raises at the n-th instruction, and once more after so many others.
  local function strike_twice(n, gap, f)
    local function second()
      debug.sethook()
      error("the second", 0)
    end
    local function first()
      debug.sethook(second, "", gap)
      error("the first", 0)
    end
    pcall(pcall, function()
      debug.sethook(first, "", n)
      f()
      debug.sethook()
    end)
    debug.sethook()
  end

  it("leaves a loop that can be run, also where it strikes twice", function()
    for n = 1, 40 do
      for gap = 1, 8 do
        local l = new()
        local t = l:spawn(l.sleep, l, 0)
        pcall(strike_twice, n, gap, function()
          l:step()
          l:run()
        end)
        l:run()
        assert.is_true(fixture.ended(t), ("at instruction %d and %d later"):format(n, gap))
        l:close()
        assert.is_nil(socket.getscheduler())
      end
    end
  end)

  it("may be one of calls, as Ctrl-C sets it, and strikes where the loop sleeps, too", function()
    for _, seconds in ipairs { 0, 0.001 } do
      local l <close> = new()
      local t = l:spawn(function()
        loop.sleep(seconds)
        return "slept"
      end)
      local ok, err = pcall(function()
        debug.sethook(function()
          debug.sethook()
          error("from a hook", 0)
        end, "c")
        l:run()
      end)
      assert.same({ false, "from a hook" }, { ok, err })
      assert.equal("slept", t:join())
    end
  end)
end)

describe("a hook that raises in the midst of a sleep", function()
  -- Of nine tasks that sleep, some under a deadline, how many come to their end when the n-th instruction of
  -- one of them raises.
  local function ended(n, whose)
    local l <close> = new()
    l.onerror = function() end
    local count, raised = 0, false
    for i = 1, 9 do
      l:spawn(function()
        if i == whose then raise_at(n, function() raised = true end) end
        for round = 1, 3 do
          local nap = 0.0005 * ((i * 5 + round * 3) % 4)
          if i % 3 == 0 then
            pcall(loop.timeout_after, 0.004 * ((i * 7 + round) % 3), loop.sleep, nap)
          else
            loop.sleep(nap)
          end
        end
        debug.sethook()
        count = count + 1
      end)
    end
    l:run()
    return count, raised
  end

  it("loses no timer", function()
    local strikes = 0
    for n = 1, 200, 3 do
      for _, whose in ipairs { 1, 3 } do
        local count, raised = ended(n, whose)
        if raised then strikes = strikes + 1 end
        assert.is_true(count >= (raised and 8 or 9), ("at instruction %d of %d"):format(n, whose))
      end
    end
    assert.is_true(strikes > 20, strikes .. " times")
  end)
end)

describe("a hook that raises in the midst of what a task does with another", function()
  -- A task calls `f`, whose n-th instruction raises, and then `after`. Whether it raised, and whether
  -- all tasks came to their end.
  local function broken_off(n, f, after)
    local l <close> = new()
    l.onerror = function() end -- the error may come before pcall or after it
    local raised = false
    local a <close> = pair()
    local other = l:spawn(a.recv, a, 1)
    l:spawn(function()
      loop.sleep(0)
      raise_at(n, function() raised = true end)
      pcall(f, other)
      debug.sethook()
    end)
    local last = l:spawn(function()
      loop.sleep(0.001)
      after(other)
    end)
    local start = fixture.monotonic()
    while l:step() and fixture.monotonic() < start + 1 do end
    assert.equal("done", last:status())
    return raised, not l:step()
  end

  local function cancel(task) task:cancel() end

  it("leaves no task that was half spawned", function()
    local ran, raised, ended
    for n = 1, 500 do
      ran = false
      raised, ended = broken_off(n, function() loop.spawn(function() ran = true end) end, cancel)
      assert.is_true(ended, "at instruction " .. n)
      if not raised then break end
    end
    assert.is_true(ran)
  end)

  it("leaves no task that was half cancelled", function()
    local raised, ended
    for n = 1, 500 do
      raised, ended = broken_off(n, cancel, cancel)
      assert.is_true(ended, "at instruction " .. n)
      if not raised then break end
    end
    assert.is_false(raised)
  end)
end)

describe("a join that a hook broke off", function()
  it("does not end a later sleep", function()
    for n = 1, 150 do
      local l <close> = new()
      l.onerror = function() end -- the error may come before pcall or after it
      local other = l:spawn(loop.sleep, 0.001)
      local slept = l:spawn(function()
        raise_at(n)
        pcall(other.join, other)
        debug.sethook()
        local start = fixture.monotonic()
        loop.sleep(0.01)
        return fixture.monotonic() - start
      end)
      l:run()
      if slept:status() == "done" then
        assert.is_true(slept:join() >= 0.01, "at instruction " .. n)
      end
    end
  end)
end)

describe("two tasks that fail in the same turn", function()
  it("are told one after the other, also when no task is left", function()
    local l <close> = new()
    l:spawn(error, "one", 0)
    l:spawn(error, "two", 0)
    assert.equal("one", select(2, pcall(l.run, l)):match("^%a+"))
    assert.equal("two", select(2, pcall(l.run, l)):match("^%a+"))
    l:run()
  end)
end)

describe("waits where no yield is possible", function()
  it("are eight at a time; one more raises, and the others go on", function()
    local l <close> = new()
    local tasks, others = {}, {}
    for i = 1, 9 do
      local a, b = pair()
      others[i] = b
      tasks[i] = l:spawn(pcall, table.sort, { 2, 1 }, function() return a:recv(1) == "y" end)
    end
    l:spawn(function()
      for _, b in ipairs(others) do b:send("x") end
    end)
    l:run()
    for i = 1, 8 do assert.is_true((tasks[i]:join())) end
    local ok, err = tasks[9]:join()
    assert.is_false(ok)
    assert.matches("^too many tasks wait where they cannot yield", err)
  end)

  it("are told by the task's status", function()
    local l <close> = new()
    local t = l:spawn(string.gsub, "x", "x", function() l:sleep(0.001) end)
    local status
    l:spawn(function() status = t:status() end)
    l:run()
    assert.equal("waiting", status)
  end)

  it("make room when an error ends them, also in a coroutine", function()
    local l <close> = new()
    local outcomes = l:spawn(function()
      local errors = {}
      for i = 1, 10 do
        local co = coroutine.create(function() l:timeout_after(0.001, l.sleep, l, 10) end)
        errors[i] = select(2, coroutine.resume(co))
      end
      return errors
    end):join()
    for _, err in ipairs(outcomes) do assert.is_true(socket.isinstance(err, socket.timeout)) end
  end)

  it("make room when a hook ends them, wherever it does", function()
    local l <close> = new()
    local interrupted = 0
    l:spawn(function()
      for n = 1, 400 do
        local ok = pcall(string.gsub, "x", "x", function()
          raise_at(n)
          l:sleep(0)
          debug.sethook()
        end)
        if not ok then interrupted = interrupted + 1 end
      end
    end):join()
    assert.is_true(interrupted > 100)
  end)

  it("sleep although an error of another task waits to be told", function()
    fixture.need_posix("os.clock tells the time of day")
    local l <close> = new()
    local a = pair()
    a:settimeout(0.1)
    local before = os.clock()
    l:spawn(pcall, table.sort, { 2, 1 }, function() return a:recv(1) end)
    l:spawn(error, "oh", 0)
    local ok, err = pcall(l.step, l)
    assert.is_false(ok)
    assert.matches("^oh", err)
    assert.is_true(os.clock() - before < 0.07) -- of the processor's time: it does not spin
  end)
end)

describe("a loop that could not be told of a closing", function()
  it("wakes who waits there at its next turn, which comes at once", function()
    local starved = fixture.starving()
    for n = 1, 8 do
      local a = pair()
      local l <close> = new()
      local t = l:spawn(pcall, a.recv, a, 1)
      l:step()
      collectgarbage()
      collectgarbage()
      starved(n, a.close, a)
      assert.equal(-1, a:fileno())
      assert.equal(0, l:timeout(), "allocation " .. n)
      l:step()
      local ok, err = t:join(1)
      assert.is_false(ok)
      assert.equal("EBADF", err.name)
    end
  end)
end)

describe("a closing that a hook broke off", function()
  it("leaves the waiters and the next socket with that number in order, wherever it strikes", function()
    local struck = 0
    for n = 1, 12 do
      local l <close> = new()
      local a = pair()
      local fd = a:fileno()
      local t = l:spawn(pcall, a.recv, a, 1)
      l:step()
      local ok, err = pcall(function()
        raise_at(n)
        a:close()
        debug.sethook()
      end)
      if not ok then
        struck = struck + 1
        assert.equal("from a hook", err)
      end
      a:close()
      assert.is_false((t:join(10)))
      local b, c = pair()
      if c:fileno() == fd then b, c = c, b end
      local u = l:spawn(b.recv, b, 1)
      l:step()
      c:send("x")
      assert.equal("x", u:join(10))
    end
    assert.is_true(struck > 3)
  end)
end)

describe("a loop at the end of its memory", function()
  -- Calls the function with no more memory than that, at a depth at which there has been a step.
  local function with_memory(bytes, l, f, ...)
    local _, confined = fixture.starving()
    local step = l.step
    collectgarbage()
    collectgarbage()
    confined(1 << 20, pcall, step, l)
    return confined(bytes, f, ...)
  end

  it("ends its tasks once there is memory again, and goes on", function()
    local l <close> = new()
    l.onerror = function() end
    local tasks, others = {}, {}
    for i = 1, 100 do
      local a, b = pair()
      others[i] = b
      tasks[i] = l:spawn(function()
        local s <close> = a
        return s:recv(1)
      end)
    end
    l:step()
    with_memory(0, l, function()
      for i = 1, #others do others[i]:close() end
      for _ = 1, 3 do pcall(l.step, l) end
    end)
    for _ = 1, 300 do pcall(l.step, l) end -- some may still tell of the lack
    for _, t in ipairs(tasks) do assert.is_true(fixture.ended(t)) end
    assert.is_false(l:step())
    assert.equal("x", l:spawn(function() return "x" end):join())
  end)

  it("fails those that it cannot let wait, and only them", function()
    local l <close> = new()
    l.onerror = function() end
    local tasks, others, go = {}, {}, false
    for i = 1, 100 do
      local a, b = pair()
      others[i] = b
      tasks[i] = l:spawn(function()
        while i > 20 and not go do loop.sleep(0) end
        return a:recv(1) -- for which the loop's tables have to grow
      end)
    end
    with_memory(1024, l, function() -- with less, Lua 5.4.9 cannot even call a task
      go = true
      for _ = 1, 3 do pcall(l.step, l) end
    end)
    for i = 1, #others do others[i]:send("x") end
    local starved = 0
    for i, t in ipairs(tasks) do
      local ok, result = pcall(t.join, t)
      assert.equal(ok and "x" or "not enough memory", result)
      assert.is_true(ok or i > 20)
      if not ok then starved = starved + 1 end
    end
    assert.is_true(starved > 0)
  end)

  it("can be closed", function()
    local l = new()
    local a = pair()
    l:spawn(a.recv, a, 1)
    l:step()
    assert.is_true((with_memory(0, l, l.close, l)))
    assert.is_false(l:step())
    fixture.refuses("the loop is closed", l.spawn, l, print)
  end)
end)

describe("a loop in a forked process", function()
  it("lets go of what it has there without harm to the one it comes from", function()
    local forked = fixture.forking()
    local l <close> = new()
    local a, b = pair()
    local t = l:spawn(a.recv, a, 1)
    local c, d = pair()
    local selecting = l:spawn(require("pysocket.select").select, { c }, {}, {})
    l:step()
    assert.is_true(forked(function()
      a:close()
      c:close()
      l:close()
    end))
    b:send("x")
    d:send("y")
    assert.equal("x", t:join(10))
    assert.same({ c }, (selecting:join(10)))
  end)

  it("takes no event from that one once it has waited by itself", function()
    local forked = fixture.forking()
    local l <close> = new()
    local a, b = pair()
    local t = l:spawn(a.recv, a, 1)
    l:step()
    assert.is_true(forked(function()
      t:cancel()
      local c, d = pair()
      local u = l:spawn(c.recv, c, 1)
      l:step()
      b:send("x") -- not for this process
      for _ = 1, 3 do fixture.turn(l) end
      d:send("y")
      assert.equal("y", u:join(10))
    end))
    assert.equal("x", t:join(2))
  end)

  it("goes on where that one does not", function()
    local forked = fixture.forking()
    local l <close> = new()
    local a, b = pair()
    local t = l:spawn(function() return a:recv(1) .. a:recv(1) end)
    local number = l:fileno()
    l:step()
    assert.is_true(forked(function()
      local c, d = pair()
      local u = l:spawn(c.recv, c, 1)
      local sender = l:spawn(function()
        loop.sleep(0.001)
        b:send("x")
        d:send("y")
        loop.sleep(0.001)
        b:send("z")
      end)
      assert.equal("y", u:join(10))
      assert.equal("xz", t:join(10))
      sender:join(10)
      if not core.kqueue_open then assert.equal(number, l:fileno()) end -- a child inherits no kqueue, nor its number
    end))
    b:send("xz")
    assert.equal("xz", t:join(10))
  end)
end)

describe("a task that always finds data", function()
  local reads = {
    ["a line by lines()"] = { "1\n", function(f) return f:lines() end, 1001 },
    ["a line by read"] = { "1\n", function(f) return function() return f:read() end end, 1001 },
    ["a byte"] = { "1\n", function(f) return function() return f:read(1) end end, 1001 },
    ["a number"] = { "1\n", function(f) return function() return f:read("n") end end, 1001 },
    ["a receive"] = { "1\n", function(_, s) return function() return s:recv(1) end end, 101 },
  }
  for what, case in pairs(reads) do
    local data, reader, most = table.unpack(case)

    it("lets others have their turn after a while: " .. what, function()
      local a, b = pair()
      b:sendall(data:rep(10000))
      local l <close> = new()
      local n = 0
      local t = l:spawn(function()
        local read = reader(a:makefile(), a)
        for _ = 1, 5000 do
          read()
          n = n + 1
        end
      end)
      for turn = 1, 3 do
        l:step()
        assert.is_true(n <= turn * most, n .. " in turn " .. turn)
      end
      t:join()
      assert.equal(5000, n)
    end)
  end

  it("is ended by a host's hook that was set when it was spawned, where it makes no calls", function()
    local limit = fixture.limiting()
    local l <close> = new()
    limit(100000)
    l:spawn(function() while true do end end)
    limit(0)
    local ok, err = pcall(l.step, l)
    assert.is_false(ok)
    assert.matches("too long", err)
  end)

  it("heeds the budget of a step", function()
    local a, b = pair()
    b:sendall(("x"):rep(1000))
    local l <close> = new()
    local n = 0
    l:spawn(function()
      while true do
        a:recv(1)
        n = n + 1
      end
    end)
    l:step(0)
    assert.is_true(n > 0 and n <= 10, n .. " receives")
    local first = n
    l:step() -- takes some milliseconds, and a slow machine has few receives in them
    assert.is_true(n > 3 * first, n .. " receives")
  end)
end)

describe("a connect whose address is changed while it waits", function()
  it("times out like any other", function()
    local address = { table.unpack(fixture.silent()) }
    local l <close> = new()
    local s <close> = socket.socket()
    s:settimeout(0.02)
    local t = l:spawn(pcall, s.connect, s, address)
    l:step()
    address[1], address[2] = nil, nil
    local ok, err = t:join()
    assert.is_false(ok)
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.is_nil(err.address)
  end)
end)

describe("timeout_after", function()
  for name, wait in pairs({
    recv = function(a) a:recv(1) end,
    sleep = function() loop.sleep(10) end,
    join = function() loop.spawn(loop.sleep, 10):join() end,
    run = function() loop.run(loop.run, loop.sleep, 10) end,
    wait = function(a) loop.wait(a, 1) end,
    group = function()
      local group <close> = loop.group()
      group:spawn(loop.sleep, 10)
    end,
    ["wait of an event"] = function() loop.event():wait() end,
    ["wait of a condition"] = function()
      local condition = loop.condition()
      local _ <close> = condition:acquire()
      condition:wait()
    end,
    get = function() loop.queue():get() end,
    put = function()
      local queue = loop.queue(1)
      queue:put(1)
      queue:put(2)
    end,
    acquire = function() loop.semaphore(0):acquire() end,
    ["acquire of a lock"] = function()
      local lock = loop.lock()
      loop.spawn(lock.acquire, lock):join()
      lock:acquire()
    end,
    ["join of a server"] = function() loop.serve(fixture.listener(), print):join() end,
    stop = function()
      local listener, address = fixture.listener()
      local served = loop.event()
      local server = loop.serve(listener, function()
        served:set()
        loop.sleep(10)
      end)
      local _ <close> = socket.create_connection(address)
      served:wait()
      server:stop()
    end,
  }) do
    it("names in its error the call that waited: " .. name, function()
      loop.run(function()
        local err = fixture.raises(socket.timeout, loop.timeout_after, 0.02 * fixture.SLOWNESS, wait, fixture.pair())
        local text = "TimeoutError: timed out in '" .. name:match("^%a+") .. "': timeout_after"
        assert.matches(text, tostring(err), 1, true)
      end)
    end)
  end

  it("has no part in what comes after the coroutine in which an error ended it", function()
    assert.is_true(loop.run(function()
      local co = coroutine.create(function() loop.timeout_after(0.001, error, "oh") end)
      coroutine.resume(co)
      return (pcall(loop.sleep, 0.002))
    end))
  end)

  it("bounds all that a function waits for", function()
    local a = pair()
    local start = fixture.monotonic()
    local err = loop.run(function()
      return select(2, pcall(loop.running().timeout_after, loop.running(), 0.02, function()
        while true do loop.running():sleep(0.001) end
      end))
    end)
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.is_true(fixture.monotonic() - start >= 0.02)
    assert.is_true(a:fileno() >= 0)
  end)

  it("ends everything that waits after its time, also what tries again, and nothing behind it", function()
    local a, b = pair()
    a:settimeout(0.005)
    local waits, ok, err, after = 0, nil, nil, nil
    loop.run(function()
      ok, err = pcall(loop.timeout_after, 0.01, function()
        for _ = 1, 1000 do
          waits = waits + 1
          pcall(a.recv, a, 1)
        end
        b:send("x")
        assert.equal("x", a:recv(1)) -- which need not wait
        loop.sleep(10)
      end)
      after = pcall(loop.sleep, 0.001)
    end)
    assert.is_false(ok)
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.equal("timeout_after", err.call)
    assert.equal(1000, waits)
    assert.is_true(after)
  end)

  it("in a generator ends with that, also where it is left in the midst", function()
    loop.run(function()
      local function under(seconds)
        return loop.wrap(function()
          pcall(loop.timeout_after, seconds, function()
            for i = 1, 3 do coroutine.yield(i) end
          end)
          return "end"
        end)
      end
      local a, b, left = under(0.001), under(5), under(0.001)
      left()
      a()
      b()
      pcall(loop.sleep, 0.01) -- which the first to expire may end
      pcall(loop.sleep, 0.01) -- and the other
      for _ = 1, 3 do a() end
      for _ = 1, 3 do b() end
      loop.sleep(0.001)
    end)
  end)

  it("counts for what stands in it, too, whichever of both is over first", function()
    local calls = {}
    local function call(seconds, f)
      local _, err = pcall(loop.timeout_after, seconds, f)
      calls[#calls + 1] = err and err.call or "none"
    end
    loop.run(function()
      call(0.01, function()
        call(10, function() loop.sleep(10) end) -- the outer one ends it,
        loop.sleep(10) -- and what follows
      end)
      call(10, function()
        call(0.01, function() loop.sleep(10) end) -- the inner one ends it,
        loop.sleep(0.001) -- and nothing that follows
      end)
    end)
    assert.same({ "timeout_after", "timeout_after", "timeout_after", "none" }, calls)
  end)

  it("is there for the loop that is running, as sleep is", function()
    local ok, err = pcall(loop.run, loop.timeout_after, 0.01, loop.sleep, 10)
    assert.is_false(ok)
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.equal(5, loop.run(loop.timeout_after, 10, function() return 5 end))
    fixture.refuses("'timeout_after' outside of a task", loop.timeout_after, 1, print)
  end)

  it("gives the function's results, and the deadline is gone afterwards", function()
    local l = new()
    local t = l:spawn(function()
      local x, y = l:timeout_after(0.005, function(...) return ... end, 1, 2)
      l:sleep(0.02)
      return x, y
    end)
    assert.same({ 1, 2 }, { t:join() })
  end)

  it("may stand in another one: the nearer deadline counts", function()
    local l = new()
    local t = l:spawn(function()
      return l:timeout_after(10, function()
        local ok, err = pcall(l.timeout_after, l, 0.01, l.sleep, l, 5)
        return ok, socket.isinstance(err, socket.timeout)
      end)
    end)
    assert.same({ false, true }, { t:join() })
  end)
end)

describe("sleep", function()
  it("sleeps, and not less", function()
    local l = new()
    local start = fixture.monotonic()
    l:spawn(l.sleep, l, 0.02)
    l:run()
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  it("wakes in the order of the deadlines, whatever the order of the calls", function()
    local gap = 0.002
    local order, took
    repeat
      gap = 2 * gap
      local l = new()
      order = {}
      for _, n in ipairs { 5, 1, 4, 2, 3, 6 } do
        l:spawn(function()
          l:sleep(n * gap)
          table.insert(order, n)
        end)
      end
      local start = fixture.monotonic()
      l:step()
      took = fixture.monotonic() - start
      l:run()
    until took < gap -- else the deadlines need not be in the order of their numbers
    assert.same({ 1, 2, 3, 4, 5, 6 }, order)
  end)
end)

describe("step", function()
  it("never waits, and tells whether there are tasks left", function()
    local l = new()
    assert.is_false(l:step())
    local t = l:spawn(l.sleep, l, 60)
    assert.is_true(l:step())
    assert.is_true(l:step(0.001))
    t:cancel()
    l:run()
    assert.is_false(l:step(0.001))
  end)

  it("starts no task after its budget is used up", function()
    local l = new()
    local ran = 0
    for _ = 1, 5 do
      l:spawn(function()
        ran = ran + 1
        local until_then = fixture.monotonic() + 0.01
        repeat until fixture.monotonic() >= until_then
      end)
    end
    l:step(0.005)
    assert.equal(1, ran)
  end)
end)

describe("a loop in another loop", function()
  it("leaves that one in force where a hook breaks it off", function()
    loop.run(function()
      local outer, interrupted = loop.running(), 0
      for n = 1, 300 do
        local ok = pcall(function()
          local inner <close> = new()
          raise_at(n)
          inner:step()
          debug.sethook()
        end)
        if not ok then interrupted = interrupted + 1 end
        assert.equal(outer, loop.running(), "at instruction " .. n)
      end
      assert.is_true(interrupted > 50)
    end)
  end)

  it("says with fileno and timeout when it wants to run", function()
    local l = new()
    if not l:fileno() then fixture.lacking("no descriptor stands for a loop here") end
    local a, b = pair()
    assert.is_nil(l:timeout())
    local got
    l:spawn(function() got = a:recv(1) end)
    assert.equal(0, l:timeout())
    l:step()
    assert.is_nil(l:timeout())
    b:sendall("x")
    assert.equal(2, #core.poll({ l:fileno(), core.POLLIN }, 10))
    l:step()
    assert.equal("x", got)
    l:spawn(l.sleep, l, 5)
    l:step()
    assert.is_true(l:timeout() > 0)
  end)
end)

describe("stop", function()
  it("makes run return", function()
    local l = new()
    l:spawn(function()
      l:stop()
      l:sleep(10)
    end)
    l:run()
    assert.is_true(l:step())
  end)
end)

describe("foreign coroutines", function()
  it("in a task wait in place, while the others run; no stray value arrives", function()
    local l = new()
    local a, b = pair()
    local got = {}
    l:spawn(function()
      for x in coroutine.wrap(function()
        for _ = 1, 3 do coroutine.yield(a:recv(1)) end
      end) do
        table.insert(got, x)
      end
    end)
    l:spawn(function()
      for i = 1, 3 do
        l:sleep(0.002)
        b:sendall(tostring(i))
      end
    end)
    l:run()
    assert.same({ "1", "2", "3" }, got)
  end)

  it("and comparisons of table.sort, callbacks of gsub, metamethods: so too", function()
    local l = new()
    local a, b = pair()
    local results = {}
    l:spawn(function()
      local t = { 3, 1, 2 }
      table.sort(t, function(x, y)
        a:recv(1)
        return x < y
      end)
      results.sort = t
      results.gsub = ("xx"):gsub("x", function() return a:recv(1) end)
      local proxy = setmetatable({}, { __index = function() return a:recv(1) end })
      results.index = proxy.anything
      results.pcall = select(2, pcall(a.recv, a, 1))
    end)
    l:spawn(function()
      while not results.pcall do
        b:sendall("y")
        l:sleep(0)
      end
    end)
    l:run()
    assert.same({ 1, 2, 3 }, results.sort)
    assert.same({ "yy", "y", "y" }, { results.gsub, results.index, results.pcall })
  end)
end)

describe("whatever ends a wait", function()
  local waits = {
    recv = function(_, a) a:recv(1) end,
    sendall = function(_, a) a:sendall(("x"):rep(10000000)) end,
    accept = function(_, _, listener) listener:accept() end,
    connect = function(_, _, _, silent)
      local s <close> = socket.socket()
      s:connect(silent)
    end,
    create_connection = function(_, _, _, silent) socket.create_connection(silent) end,
    ["a file's read"] = function(_, a)
      local f <close> = a:makefile("rb")
      f:read("l")
    end,
    poll = function(_, a) core.poll { a:fileno(), core.POLLIN } end,
    sleep = function(l) l:sleep(60) end,
    join = function(l, a) l:spawn(a.recv, a, 1):join() end,
  }
  local endings = {
    cancel = function(_, t) t:cancel() end,
    timeout = function() end,
    ["close of the loop"] = function(l) l:close() end,
  }
  for wait, f in pairs(waits) do
    for ending, g in pairs(endings) do
      it(("%s, ended by %s, leaves no descriptor, registration or task"):format(wait, ending), function()
        local listener = fixture.listener()
        local silent = fixture.silent()
        local a, b = pair()
        listener:settimeout(nil)
        local before = fixture.settled_descriptors()
        local l = loop.new()
        l.onerror = function() end
        local seconds = ending == "timeout" and 0.02 or 60
        local t = l:spawn(l.timeout_after, l, seconds, f, l, a, listener, silent)
        l:step()
        g(l, t)
        pcall(t.join, t)
        assert.is_true(fixture.ended(t))
        if wait ~= "join" then assert.is_nil(l:timeout()) end -- there is nothing that it would do later
        l:close()
        assert.is_false(l:step())
        assert.is_true(b:fileno() >= 0)
        collectgarbage()
        collectgarbage()
        assert.is_true(#fixture.descriptors() <= #before)
      end)
    end
  end
end)

describe("a loop in which two tasks keep each other busy", function()
  -- Two that send each other a byte for ever; the first calls f at each.
  local function play(l, f)
    local a, b = pair()
    l:spawn(function()
      while true do
        b:sendall("x")
        b:recv(1)
        f()
      end
    end)
    l:spawn(function()
      while true do a:sendall(a:recv(1)) end
    end)
  end

  it("keeps its times", function()
    local l = new()
    play(l, function() end)
    local t = l:spawn(function()
      l:sleep(0.02)
      return "awake"
    end)
    assert.equal("awake", t:join())
  end)

  it("stops when it is told to", function()
    local l, count = new(), 0
    play(l, function()
      count = count + 1
      if count == 10 then l:stop() end
    end)
    l:run()
    assert.equal(10, count)
  end)

  it("starts tasks, and ends with the one that is waited for", function()
    local l, count, other = new(), 0, nil
    local main = l:spawn(function()
      while not other do l:sleep(0) end
      return other:join()
    end)
    play(l, function()
      count = count + 1
      if count == 10 then other = l:spawn(function() return "started" end) end
    end)
    assert.equal("started", main:join())
  end)

  it("ends with a task that another runs to its end in place", function()
    local l, count = new(), 0
    local quick = l:spawn(function()
      l:sleep(0.001)
      return "done"
    end)
    local a = pair()
    play(l, function()
      count = count + 1
      if count ~= 10 then return end
      a:settimeout(0.01)
      coroutine.wrap(function() pcall(a.recv, a, 1) end)() -- runs the others, in place
      l:sleep(60)
    end)
    assert.equal("done", quick:join())
  end)

  it("tells errors at once", function()
    local l, count = new(), 0
    play(l, function()
      count = count + 1
      if count == 10 then error({ "mine" }) end
    end)
    local ok, err = pcall(l.run, l)
    assert.is_false(ok)
    assert.same({ "mine" }, err)
  end)

  it("serves those who wait otherwise too", function()
    local l = new()
    local a, b = pair()
    play(l, function() end)
    local readers = {}
    for i = 1, 2 do readers[i] = l:spawn(a.recv, a, 1) end
    local t = l:spawn(function()
      l:sleep(0.001)
      b:sendall("12")
      return readers[1]:join() .. readers[2]:join()
    end)
    assert.matches("^[12][12]$", t:join())
  end)
end)

describe("a task that sends much to a peer that takes it as fast as it comes", function()
  local SIZE <const> = 3 << 19 -- of what the system takes at once

  local function roomy_pair()
    local probe = fixture.tcp_pair()
    probe:setblocking(false)
    if probe:send(("x"):rep(SIZE)) < SIZE then fixture.lacking("the system's buffers are small") end
    return fixture.tcp_pair()
  end

  local data <const> = ("x"):rep(SIZE)
  local calls = {
    sendall = function(s) s:sendall(data) end,
    sendfile = function(s)
      local file <close> = assert(io.open(fixture.file(data), "rb"))
      s:sendfile(file)
    end,
    file = function(s)
      local file <close> = s:makefile("wb")
      file:write(data)
    end,
  }

  for name, call in pairs(calls) do
    it("lets the others have their turn in the midst of it, by " .. name, function()
      local a, b = roomy_pair()
      local l <close> = loop.new()
      local task = l:spawn(call, a)
      l:step(0)
      assert.is_true(#b:recv(1 << 16) > 0)
      assert.equal("ready", task:status())
      l:spawn(function()
        local left = SIZE - (1 << 16)
        repeat left = left - #b:recv(left) until left == 0
      end)
      l:run()
    end)
  end

  for name, arguments in pairs({ send = { data }, sendmsg = { { data:sub(1, 10), data, data } } }) do
    it("sends a part by one " .. name, function()
      local a = roomy_pair()
      loop.run(function() assert.is_true(a[name](a, table.unpack(arguments)) < SIZE) end)
    end)
  end

  it("sends a long datagram whole", function()
    local a, b = fixture.pair(socket.SOCK_SEQPACKET)
    local size <const> = 150000
    loop.run(function() assert.equal(size, a:send(("x"):rep(size))) end)
    assert.equal(size, #b:recv(1 << 20))
  end)
end)
