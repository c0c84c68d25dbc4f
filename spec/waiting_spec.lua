local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local polling = require "pysocket.select"
local selectors = require "pysocket.selectors"
local socket = require "pysocket"

local function new()
  return fixture.keep(loop.new())
end

local pair <const> = fixture.endless_pair

local function is_cancelled(err)
  return socket.isinstance(err, loop.CancelledError)
end

-- {{ Whatever ends a wait

local function in_place(f) return coroutine.wrap(f)() end

local function in_wrap(f) return loop.wrap(f)() end

-- Each waits for ever, with a socket `a` whose peer is silent.
local waits = {
  recv = function(a) a:recv(1) end,
  recv_into = function(a) a:recv_into(socket.bytearray(1)) end,
  recvfrom = function(a) a:recvfrom(1) end,
  recvmsg = function(a) a:recvmsg(1) end,
  sendall = function(a) a:sendall(("x"):rep(1 << 22)) end,
  sendmsg = function(a) while true do a:sendmsg({ ("x"):rep(1 << 16) }) end end,
  sendfile = function(a, path)
    local file <close> = assert(io.open(path, "rb"))
    while a:sendfile(file) > 0 do file:seek("set") end
  end,
  ["recv in a coroutine of its own"] = function(a) in_place(function() a:recv(1) end) end,
  ["recv in a comparison of table.sort"] = function(a)
    table.sort({ 2, 1 }, function() return #a:recv(1) == 7 end)
  end,
  ["recv in a generator of wrap"] = function(a) in_wrap(function() a:recv(1) end) end,
  ["recv in a generator in a generator"] = function(a)
    in_wrap(function() in_wrap(function() a:recv(1) end) end)
  end,
}

-- Those that the socket's close does not end: a file keeps it open, a selector waits for others too.
local stubborn = {
  lines = function(a)
    local f <close> = a:makefile("r")
    for _ in f:lines() do end
  end,
  select = function(a) polling.select({ a }, {}, {}) end,
  ["selectors' select"] = function(a)
    local s <close> = selectors.DefaultSelector()
    s:register(a, selectors.EVENT_READ)
    s:select()
  end,
  poll = function(a)
    local p = polling.poll()
    p:register(a, polling.POLLIN)
    p:poll()
  end,
  ["sleep in a comparison of table.sort"] = function()
    table.sort({ 2, 1 }, function() loop.sleep(60) end)
  end,
  ["join in a coroutine of its own"] = function()
    in_place(function() loop.spawn(loop.sleep, 60):join() end)
  end,
}

local endings = {
  cancel = function(run) run.task:cancel() end,
  timeout = function() end,
  ["the loop's close"] = function(run) run.loop:close() end,
}

local endings_by_socket = {
  ["the socket's close"] = function(run) run.a:close() end,
  ["its close in a task"] = function(run) run.loop:spawn(run.a.close, run.a) end,
  ["its peer's close"] = function(run) run.b:close() end,
}

local function ends_and_leaves_nothing(wait, finish, seconds)
  local path = fixture.file(("x"):rep(1 << 16))
  local a, b = pair()
  local before = #fixture.settled_descriptors()
  local l = loop.new()
  l.onerror = function() end
  local task = l:spawn(l.timeout_after, l, seconds, wait, a, path)
  -- in place the loop is deeper in the same stack: what ends the wait has to come from a task
  l:spawn(function()
    loop.sleep(0)
    finish({ loop = l, task = task, a = a, b = b })
  end)
  pcall(function()
    while not fixture.ended(task) and fixture.turn(l) do end
  end)
  assert.is_true(fixture.ended(task))
  l:close()
  assert.is_false(l:step())
  a:close()
  b:close()
  collectgarbage()
  collectgarbage()
  assert.equal(before - 2, #fixture.descriptors())
end

local function describe_endings(group, ends)
  for what, wait in pairs(group) do
    for how, finish in pairs(ends) do
      it(("%s, ended by %s"):format(what, how), function()
        ends_and_leaves_nothing(wait, finish, how == "timeout" and 0.01 or 60)
      end)
    end
  end
end

describe("no descriptor, registration or task is left of", function()
  describe_endings(waits, endings)
  describe_endings(waits, endings_by_socket)
  describe_endings(stubborn, endings)
end)

-- }}

describe("a wait with a limit", function()
  it("ends at its own time after one with a longer limit that ended early", function()
    local l = new()
    local a, b = pair()
    local err
    l:spawn(function()
      a:settimeout(60)
      a:recv(1)
      a:settimeout(0.01)
      err = select(2, pcall(a.recv, a, 1))
    end)
    l:spawn(function()
      loop.sleep(0)
      b:sendall("x")
    end)
    l:run()
    assert.is_true(socket.isinstance(err, socket.timeout))
  end)

  it("ends at its own time, and not before, after one with a shorter limit that ended early", function()
    local l = new()
    local a, b = pair()
    local start, err = fixture.monotonic(), nil
    l:spawn(function()
      a:settimeout(0.01)
      a:recv(1)
      a:settimeout(0.05)
      err = select(2, pcall(a.recv, a, 1))
    end)
    b:sendall("x")
    l:run()
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.is_true(fixture.monotonic() - start >= 0.05)
  end)

  it("begins anew with each call, however many ended early", function()
    local l = new()
    local a, b = pair()
    local last, ended, err
    a:settimeout(0.05)
    l:spawn(function()
      for _ = 1, 4 do
        repeat until pcall(a.recv, a, 1) -- the sender may be late
      end
      last = fixture.monotonic()
      err = select(2, pcall(a.recv, a, 1))
      ended = fixture.monotonic()
    end)
    l:spawn(function()
      for _ = 1, 4 do
        loop.sleep(0.02)
        b:sendall("x")
      end
    end)
    l:run()
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.is_true(ended - last >= 0.05)
  end)
end)

describe("turns that are cut short", function()
  it("serve those whose descriptors are ready and those that yield", function()
    local l = new()
    local served, yields = 0, 0
    local others = {}
    for i = 1, 3 do
      local a, b = pair()
      others[i] = b
      l:spawn(function()
        while #a:recv(1) == 1 do served = served + 1 end
      end)
    end
    l:spawn(function()
      while true do
        loop.sleep(0)
        yields = yields + 1
      end
    end)
    l:step()
    for round = 1, 4 do
      for _, b in ipairs(others) do b:sendall("x") end
      for _ = 1, 1000 do
        if served == 3 * round then break end
        l:step(0)
      end
    end
    assert.equal(12, served)
    assert.is_true(yields >= 3)
  end)

  it("leave nothing that is ready to the loop's host unsaid", function()
    local l = new()
    for _ = 1, 2 do
      local a, b = pair()
      l:spawn(a.recv, a, 1)
      l:spawn(b.sendall, b, "x")
    end
    l:step()
    l:step(0)
    assert.equal(0, l:timeout())
    l:run()
    assert.is_nil(l:timeout())
  end)
end)

describe("a task that waits alone to read", function()
  it("is joined by others, and woken with them", function()
    local l = new()
    local a, b = pair()
    local got = {}
    for i = 1, 3 do l:spawn(function() got[i] = a:recv(1) end) end
    l:spawn(function() a:sendall(("x"):rep(1 << 20)) end)
    l:step()
    b:sendall("123")
    for _ = 1, 1000 do -- the system may take a moment to pass it on
      if #got == 3 then break end
      l:step(0.01)
    end
    table.sort(got)
    assert.same({ "1", "2", "3" }, got)
  end)

  it("gets its data when another begins to write between its descriptor's event and its turn", function()
    local l = new()
    local a, b = pair()
    local data <const> = ("x"):rep(1 << 20)
    local left, got = #data, nil
    l:spawn(a.sendall, a, data) -- from now on the kernel watches for writing, too
    l:spawn(function()
      while left > 0 do left = left - #b:recv(left) end
    end)
    l:run()
    l:spawn(function() got = a:recv(5) end)
    l:step()
    b:sendall("hello")
    l:spawn(a.sendall, a, data)
    l:step()
    l:step()
    assert.equal("hello", got)
  end)

  it("is cancelled between its descriptor's event and its turn", function()
    local l = new()
    local tasks, errors, ends = {}, {}, {}
    for i = 1, 2 do
      ends[i] = { pair() }
      tasks[i] = l:spawn(function()
        local ok, err = pcall(function() ends[i][1]:recv(1) end)
        errors[i] = not ok and err
        tasks[3 - i]:cancel()
      end)
    end
    l:step()
    for _, both in ipairs(ends) do both[2]:sendall("x") end
    l:run()
    assert.is_true(is_cancelled(errors[1] or errors[2]))
    assert.is_false(errors[1] and errors[2])
  end)
end)

describe("a wait where no yield is possible", function()
  it("lets the others run, their timeouts and cancellations too", function()
    local l = new()
    local a, b = pair()
    local seen = {}
    l:spawn(function()
      table.sort({ 2, 1 }, function(x, y)
        a:recv(1)
        return x < y
      end)
    end)
    local victim = l:spawn(l.sleep, l, 60)
    l:spawn(function()
      local c = pair()
      c:settimeout(0.001)
      seen.timeout = not pcall(c.recv, c, 1)
      victim:cancel()
      pcall(victim.join, victim)
      seen.cancel = victim:status()
      b:sendall(("x"):rep(10))
    end)
    l:run()
    assert.same({ timeout = true, cancel = "cancelled" }, seen)
  end)

  it("has EBADF when its socket is closed and another gets the number at once", function()
    local l = new()
    local a = pair()
    local fd, another, seen, err = a:fileno(), nil, nil, nil
    a:settimeout(10)
    l:spawn(function()
      err = select(2, pcall(coroutine.wrap(function() a:recv(1) end)))
    end)
    l:spawn(function()
      a:close()
      another = pair():fileno()
      loop.sleep(0)
      loop.sleep(0)
      seen = err
    end)
    l:run()
    assert.equal(socket.errno.EBADF, seen and seen.errno)
    if another ~= fd then fixture.lacking("the system gives another number") end
  end)

  it("keeps its own timeout, and not before its time", function()
    local a = pair()
    a:settimeout(0.02)
    local start = fixture.monotonic()
    local err = loop.run(function()
      return coroutine.wrap(function() return select(2, pcall(a.recv, a, 1)) end)()
    end)
    assert.is_true(socket.isinstance(err, socket.timeout))
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  it("on top of too many others is refused, and wrap is the way", function()
    local l = new()
    local errors, answers = 0, 0
    local a, b = pair()
    local function spawn_many(wrap)
      for _ = 1, 50 do
        l:spawn(function()
          local ok, err = pcall(wrap(function() return a:recv(1) end))
          if ok then
            answers = answers + 1
          elseif err:find("see wrap", 1, true) then
            errors = errors + 1
          end
        end)
      end
    end
    spawn_many(coroutine.wrap)
    l:spawn(b.sendall, b, ("x"):rep(50))
    l:run()
    assert.is_true(errors > 0 and answers > 0)
    assert.equal(50, errors + answers)
    answers = 0
    spawn_many(loop.wrap)
    l:spawn(b.sendall, b, ("x"):rep(50))
    l:run()
    assert.equal(50, answers)
  end)
end)

describe("loop.wrap", function()
  it("makes generators as coroutine.wrap does", function()
    local values = {}
    for x, y in loop.wrap(function()
      coroutine.yield(1, 2)
      coroutine.yield(3, 4)
    end) do
      table.move({ x, y }, 1, 2, #values + 1, values)
    end
    assert.same({ 1, 2, 3, 4 }, values)
    local double = loop.wrap(function(x)
      while true do x = coroutine.yield(2 * x) end
    end)
    assert.same({ 2, 8 }, { double(1), double(4) })
    assert.equal("broken", select(2, pcall(loop.wrap(function() error("broken", 0) end))))
  end)

  it("mixes waits and values, in a task and outside", function()
    local a, b = pair()
    local function collect()
      local got = {}
      for x in loop.wrap(function()
        for _ = 1, 3 do coroutine.yield(a:recv(1)) end
      end) do
        got[#got + 1] = x
      end
      return table.concat(got)
    end
    b:sendall("abc")
    assert.equal("abc", collect())
    local l = new()
    local task = l:spawn(collect)
    l:spawn(function()
      for x in ("xyz"):gmatch(".") do
        loop.sleep(0)
        b:sendall(x)
      end
    end)
    assert.equal("xyz", task:join())
  end)
end)

describe("cancel", function()
  it("of a task that lets others run meets it once, and its next sleep is whole", function()
    local l = new()
    local task = l:spawn(function()
      local ok, err = pcall(l.sleep, l, 0)
      local start = fixture.monotonic()
      l:sleep(0.02)
      return ok, is_cancelled(err), fixture.monotonic() - start >= 0.02
    end)
    l:step()
    task:cancel()
    assert.same({ false, true, true }, { task:join() })
  end)

  it("of a task that yielded by itself waits for its next wait", function()
    local l = new()
    local a = pair()
    local values
    local task = l:spawn(function()
      values = table.pack(coroutine.yield())
      a:recv(1)
    end)
    l:step()
    task:cancel()
    assert.is_true(is_cancelled(select(2, pcall(task.join, task))))
    assert.same({ n = 0 }, values)
  end)

  it("counts for more than a timeout of the same moment", function()
    local l = new()
    local task = l:spawn(l.timeout_after, l, 0.001, l.sleep, l, 60)
    l:step()
    local later = fixture.monotonic() + 0.001
    task:cancel()
    repeat until fixture.monotonic() > later -- the time is up, too, when the loop looks next
    pcall(task.join, task)
    assert.equal("cancelled", task:status())
  end)

  it("passes through a wait of a finalizing <close>, which goes on", function()
    local l = new()
    local a, b = pair()
    local task = l:spawn(function()
      local _ <close> = setmetatable({}, { __close = function() a:sendall(b:recv(1)) end })
      l:sleep(60)
    end)
    l:step()
    task:cancel()
    a:sendall("x")
    l:run()
    assert.equal("x", b:recv(1))
    assert.equal("cancelled", task:status())
  end)
end)

describe("a loop that one of its tasks closes", function()
  local function closing(f)
    local l = new()
    local refusing = l:spawn(function()
      while true do pcall(loop.sleep, 0) end
    end)
    local task = l:spawn(function()
      loop.sleep(0)
      l:close()
      return f(refusing)
    end)
    l:run()
    return task, refusing
  end

  it("runs to that task's end, and the others count as cancelled", function()
    local task, refusing = closing(function() return "end" end)
    assert.equal("end", task:join())
    assert.equal("cancelled", refusing:status())
    assert.is_true(is_cancelled(select(2, pcall(refusing.join, refusing))))
  end)

  it("says so where that task waits", function()
    local task = closing(function() return pcall(loop.sleep, 0) end)
    assert.same({ false, "the loop is closed" }, { task:join() })
  end)
end)

describe("several loops in one program", function()
  it("take turns, and a close wakes the waiters of each", function()
    local one, two = new(), new()
    local a, b = pair()
    local order = {}
    for name, l in pairs({ one = one, two = two }) do
      l:spawn(function() order[name] = a:recv(1) end)
      l:step()
    end
    b:sendall("1")
    one:step()
    two:step()
    b:sendall("2")
    two:step()
    assert.same({ one = "1", two = "2" }, order)
    local errors = {}
    for _, l in ipairs({ one, two }) do
      l:spawn(function() table.insert(errors, select(2, pcall(a.recv, a, 1)).name) end)
      l:step()
    end
    a:close()
    one:step()
    two:step()
    assert.same({ "EBADF", "EBADF" }, errors)
  end)

  it("nest: one that is run in a task of another lets that one's tasks go on", function()
    local a, b = pair()
    local ticks = 0
    local got = loop.run(function()
      local outer = loop.running()
      outer:spawn(function()
        for _ = 1, 5 do
          ticks = ticks + 1
          outer:sleep(0.001)
        end
        b:sendall("x")
      end)
      return loop.run(function() return a:recv(1) end)
    end)
    assert.same({ "x", 5 }, { got, ticks })
  end)
end)

describe("an error", function()
  it("inside onerror comes out of run, and the loop goes on", function()
    local l = new()
    l.onerror = function() error("in onerror", 0) end
    l:spawn(error, "broken", 0)
    local done
    l:spawn(function()
      l:sleep(0.001)
      done = true
    end)
    assert.same({ false, "in onerror" }, { pcall(l.run, l) })
    l:run()
    assert.is_true(done)
  end)

  it("that cannot be turned into text is kept all the same", function()
    local l = new()
    local err = setmetatable({}, { __tostring = error })
    local task = l:spawn(error, err)
    assert.is_true(rawequal(err, select(2, pcall(task.join, task))))
  end)

  it("is what a task ends with whose coroutine somebody else has closed", function()
    local l = new()
    local co
    local task = l:spawn(function()
      co = coroutine.running()
      loop.sleep(0)
    end)
    l:spawn(function() coroutine.close(co) end)
    fixture.refuses("cannot resume dead coroutine", task.join, task)
    assert.equal("failed", task:status())
  end)

  it("of too deep a recursion ends the task alone", function()
    local l = new()
    local function deep(...) return 1 + deep(...) end -- a Lua that moves its stack at each call takes hours for small steps
    local task = l:spawn(function() return 1 + deep(table.unpack({}, 1, 50000)) end)
    collectgarbage("stop") -- a finalizer that meets the same overflow would make another error of it
    fixture.defer(collectgarbage, "restart")
    assert.matches("overflow", select(2, pcall(task.join, task)))
    assert.equal("on", l:spawn(function() return "on" end):join())
  end)

  it("of a descriptor that cannot be watched is the call's", function()
    fixture.need_epoll() -- poll(2) takes a file on a disk
    local l = new()
    local file <close> = assert(io.open(fixture.file("x")))
    local err = select(2, pcall(loop.run, function()
      return loop.running():wait(core.filedescriptor(file), 1)
    end))
    assert.equal("EPERM", err.name)
    assert.is_true(l:step() == false)
  end)
end)

describe("run", function()
  it("inside a task of the same loop is refused", function()
    local l = new()
    local task = l:spawn(l.run, l)
    assert.matches("the loop is running", select(2, pcall(task.join, task)))
  end)
end)

describe("loop.spawn and loop.sleep", function()
  it("mean the loop that is running", function()
    local order = {}
    loop.run(function()
      loop.spawn(table.insert, order, "second"):join(1)
      loop.sleep(0)
    end)
    assert.same({ "second" }, order)
  end)

  it("are refused outside", function()
    local _, err = pcall(function() return (loop.spawn(print)) end)
    assert.matches("waiting_spec.lua:%d+: 'spawn' outside of a task: call it in a function that loop.run runs$", err)
  end)
end)
