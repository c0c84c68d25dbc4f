local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local select = require "pysocket.select"
local socket = require "pysocket"
local tasks = require "spec.tasks"

-- A connected socket with something to read, its peer, and the reverse.
local function talking()
  local a, b = fixture.pair()
  b:send("x")
  return a, b
end

-- A socket that a small buffer has made unwritable.
local function full()
  local a, b = fixture.pair()
  a:settimeout(0)
  repeat until not socket.protect(a.send)(a, ("x"):rep(65536))
  return a, b
end

local function scheduler()
  return tasks.scheduler(fixture.defer)
end

describe("the module", function()
  local polls = {POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32}
  for name, value in pairs(polls) do
    it("has " .. name, function()
      fixture.need_posix("its numbers are others")
      assert.equal(value, select[name])
    end)
  end

  local epolls = {
    EPOLLIN = 1, EPOLLOUT = 4, EPOLLET = 1 << 31, EPOLLONESHOT = 1 << 30, EPOLLEXCLUSIVE = 1 << 28,
  }
  for name, value in pairs(epolls) do
    it("has " .. name .. " where there is epoll", function()
      fixture.need_epoll()
      assert.equal(value, select[name])
    end)
  end

  it("has PIPE_BUF, which is what POSIX promises at least", function()
    fixture.need_posix("no pipe can be waited for")
    assert.is_true(select.PIPE_BUF >= 512)
  end)

  it("has OSError as error", function()
    assert.equal(socket.OSError, select.error)
  end)

  it("can be required without the rest", function()
    local child = fixture.child("alone", "pysocket.select")
    assert.equal("table", child:line())
    assert.equal("nil", child:line())
  end)
end)

describe("select", function()
  it("gives those of each list that are ready, in their order, as they were given", function()
    local a, b = talking()
    local c, d = talking()
    local quiet = fixture.pair()
    local r, w, x = select.select({c, quiet, a}, {b, d}, {a})
    assert.same({c, a}, r)
    assert.same({b, d}, w)
    assert.same({}, x)
  end)

  it("gives a socket in each list it is ready for, as often as it stands there", function()
    local a = talking()
    local r, w = select.select({a, a}, {a}, {})
    assert.same({a, a}, r)
    assert.same({a}, w)
  end)

  it("takes sockets, descriptors, objects with fileno, and files of the io library", function()
    fixture.need_posix("no file can be waited for")
    local a = talking()
    local object = {fileno = function() return a:fileno() end}
    local f <close> = assert(io.open("/dev/null"))
    local r = select.select({a, a:fileno(), object, f}, {}, {}, 0)
    assert.same({a, a:fileno(), object, f}, r)
  end)

  it("takes nil for an empty list", function()
    local a = talking()
    local r, w, x = select.select({a})
    assert.same({{a}, {}, {}}, {r, w, x})
  end)

  it("says that a socket at its end is readable", function()
    local a, b = fixture.pair()
    b:close()
    assert.same({a}, (select.select({a}, {}, {}, 10)))
  end)

  it("says that a refused connection is readable and writable", function()
    local s = fixture.socket()
    s:settimeout(0)
    s:connect_ex(fixture.refusing())
    local r, w, x = select.select({s}, {s}, {s}, 10)
    assert.same({{s}, {s}, {}}, {r, w, x})
  end)

  it("says that a pipe without a reader is writable", function()
    fixture.need_command("true") -- and pipes that can be waited for
    local f <close> = assert(io.popen("exec true", "w"))
    local _, w = select.select({}, {f}, {}, 10)
    assert.same({f}, w)
  end)

  it("says that a pipe at its end is readable", function()
    fixture.need_command("true") -- and pipes that can be waited for
    local f <close> = assert(io.popen("exec true", "r"))
    assert.same({f}, (select.select({f}, {}, {}, 10)))
  end)

  it("does not wait for what hung up, in whatever list it stands", function()
    fixture.need_command("true") -- and pipes that can be waited for
    local f <close> = assert(io.popen("exec true", "r"))
    local _, w, x = select.select({}, {f}, {f}, 10)
    assert.same({{f}, {f}}, {w, x})
  end)

  it("does not say that a full socket is writable", function()
    local a = full()
    local _, w = select.select({}, {a}, {}, 0)
    assert.same({}, w)
  end)

  it("says that urgent data is an exceptional condition", function()
    local a, b = fixture.tcp_pair()
    a:send("!", socket.MSG_OOB)
    local r, _, x = select.select({}, {}, {b}, 10)
    assert.same({{}, {b}}, {r, x})
  end)

  it("gives three empty lists when time is up, and not before", function()
    local a = fixture.pair()
    local start = fixture.monotonic()
    assert.same({{}, {}, {}}, {select.select({a}, {}, {a}, 0.02)})
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  it("waits for the time alone where there is nothing to watch", function()
    local start = fixture.monotonic()
    assert.same({{}, {}, {}}, {select.select({}, {}, {}, 0.02)})
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  local refused = {
    ["a closed socket"] = function()
      local s = socket.socket()
      s:close()
      return "rlist[2] has no open descriptor: " .. tostring(s), {fixture.pair(), s}
    end,
    ["a negative descriptor"] = function() return "rlist[1] has no open descriptor: -1", {-1} end,
    ["a descriptor beyond all integers of C"] = function()
      return "rlist[1] has no open descriptor", {1 << 32}
    end,
    ["what has no descriptor"] = function() return "rlist[1] has no open descriptor: 'x'", {"x"} end,
    ["a closed file"] = function()
      local f = assert(io.open("/dev/null"))
      f:close()
      return "rlist[1] has no open descriptor: file (closed)", {f}
    end,
    ["an object whose fileno gives no integer"] = function()
      return "rlist[1] has no open descriptor", {{fileno = function() return "3" end}}
    end,
    ["no list"] = function() return "rlist must be a sequence, got number", 3 end,
  }
  for what, make in pairs(refused) do
    it("refuses " .. what .. ", naming the list", function()
      local message, list = make()
      fixture.refuses("bad argument #1 to 'select' (" .. message, select.select, list, {}, {}, 0)
    end)
  end

  it("names the list of writers and that of exceptions too", function()
    fixture.refuses("bad argument #2 to 'select' (wlist[1] ", select.select, {}, {-1}, {}, 0)
    fixture.refuses("bad argument #3 to 'select' (xlist[1] ", select.select, {}, {}, {-1}, 0)
  end)

  it("reports an argument at the caller's line", function()
    fixture.refuses("select_spec.lua:", function() select.select({-1}, {}, {}) end)
  end)

  it("raises EBADF for a number that is no open descriptor, naming the list", function()
    local s = socket.socket()
    local fd = s:fileno()
    s:close()
    local err = fixture.raises(socket.OSError, select.select, {}, {fd}, {}, 0)
    assert.equal("EBADF", err.name)
    assert.matches("wlist[1] is " .. fd, err.strerror, 1, true)
  end)

  local timeouts = {
    ["must be non-negative"] = -1,
    ["must be a number or nil, got string"] = "1",
    ["out of range"] = 0 / 0,
    ["too large"] = math.huge,
  }
  for message, timeout in pairs(timeouts) do
    it("refuses a timeout that " .. message, function()
      fixture.refuses("bad argument #4 to 'select' (timeout " .. message, select.select, {}, {}, {}, timeout)
    end)
  end

  it("passes on what a fileno method raises", function()
    local object = {fileno = function() error("mine", 0) end}
    local ok, err = pcall(select.select, {object}, {}, {})
    assert.is_false(ok)
    assert.equal("mine", err)
  end)
end)

describe("select in a task", function()
  it("lets the others run, and comes back with what they made ready", function()
    local s = scheduler()
    local a, b = fixture.pair()
    local ready
    s:spawn(function() ready = {select.select({a}, {}, {a}, 10)} end)
    s:spawn(function() b:send("x") end)
    s:run()
    assert.same({{a}, {}, {}}, ready)
    assert.is_true(s.waits > 0)
  end)

  it("gives empty lists when time is up, and not before", function()
    local s = scheduler()
    local a = fixture.pair()
    local start = fixture.monotonic()
    local ready
    s:spawn(function() ready = {select.select({a}, {}, {}, 0.02)} end)
    s:run()
    assert.same({{}, {}, {}}, ready)
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  it("does not wait when it is told not to", function()
    local s = scheduler()
    local a = fixture.pair()
    local ready
    s:spawn(function() ready = {select.select({a}, {}, {}, 0)} end)
    s:run()
    assert.same({{}, {}, {}}, ready)
    assert.equal(0, s.waits)
  end)

  it("gives what stood in the list when it was called", function()
    local s = scheduler()
    local a, b = fixture.pair()
    local list = {a}
    local ready
    s:spawn(function() ready = select.select(list, {}, {}, 10) end)
    s:spawn(function()
      list[1] = b
      b:send("x")
    end)
    s:run()
    assert.same({a}, ready)
  end)

  it("leaves no descriptor when something was ready", function()
    local s = scheduler()
    local a, b = fixture.pair()
    local before = fixture.settled_descriptors()
    s:spawn(select.select, {a}, {}, {}, 10)
    s:spawn(function() b:send("x") end)
    s:run()
    assert.same(before, fixture.descriptors())
  end)

  it("leaves no descriptor when time was up", function()
    local s = scheduler()
    local a = fixture.pair()
    local before = fixture.settled_descriptors()
    s:spawn(select.select, {a}, {}, {}, 0.01)
    s:run()
    assert.same(before, fixture.descriptors())
  end)

  it("leaves no descriptor when the scheduler fails", function()
    local s = scheduler()
    local a = fixture.pair()
    local before = fixture.settled_descriptors()
    s.wait = function() error("no more", 0) end
    s:spawn(select.select, {a}, {}, {}, 10)
    fixture.refuses("no more", s.run, s)
    assert.same(before, fixture.descriptors())
  end)

  it("leaves no descriptor when the task is closed as it waits", function()
    fixture.need_epoll()
    local s = scheduler()
    local a = fixture.pair()
    local before = fixture.settled_descriptors()
    local task = coroutine.create(select.select)
    s.tasks[task] = {}
    assert(coroutine.resume(task, {a}, {}, {}, 10))
    assert.is_true(#fixture.descriptors() > #before)
    assert(coroutine.close(task))
    assert.same(before, fixture.descriptors())
  end)
end)

describe("a poll object", function()
  it("gives pairs of descriptor and event for those that are ready", function()
    local a, b = talking()
    local poll = select.poll()
    poll:register(a, select.POLLIN)
    poll:register(b, select.POLLIN | select.POLLPRI)
    assert.same({{a:fileno(), select.POLLIN}}, poll:poll(10000))
  end)

  it("asks for reading, writing and urgent data unless it is told otherwise", function()
    local a = talking()
    local poll = select.poll()
    poll:register(a)
    assert.same({{a:fileno(), select.POLLIN | select.POLLOUT}}, poll:poll())
  end)

  it("registers again with other events", function()
    local a = talking()
    local poll = select.poll()
    poll:register(a, select.POLLIN)
    poll:register(a, select.POLLOUT)
    assert.same({{a:fileno(), select.POLLOUT}}, poll:poll())
  end)

  it("watches what was registered after it had waited", function()
    local a = talking()
    local poll = select.poll()
    assert.same({}, poll:poll(0))
    poll:register(a, select.POLLIN)
    assert.equal(1, #poll:poll(0))
    poll:modify(a, select.POLLOUT)
    assert.same({{a:fileno(), select.POLLOUT}}, poll:poll(0))
    poll:unregister(a)
    assert.same({}, poll:poll(0))
  end)

  it("modifies what is registered", function()
    local a = talking()
    local poll = select.poll()
    poll:register(a, select.POLLOUT)
    poll:modify(a, select.POLLIN)
    assert.same({{a:fileno(), select.POLLIN}}, poll:poll())
  end)

  it("raises FileNotFoundError for modifying what is not registered", function()
    local poll = select.poll()
    local a = fixture.pair()
    local err = fixture.raises(socket.FileNotFoundError, poll.modify, poll, a, select.POLLIN)
    assert.equal("ENOENT", err.name)
  end)

  it("watches no longer what was unregistered, and goes on with the others", function()
    local a, b = fixture.pair()
    local c, d = fixture.pair()
    local poll = select.poll()
    for _, s in ipairs({a, b, c, d}) do poll:register(s, select.POLLOUT) end
    poll:unregister(a)
    poll:unregister(d)
    poll:modify(c, select.POLLIN)
    d:send("x")
    c:recv(1, socket.MSG_PEEK) -- it has come
    local found = {}
    for _, event in ipairs(poll:poll(0)) do found[event[1]] = event[2] end
    assert.same({[b:fileno()] = select.POLLOUT, [c:fileno()] = select.POLLIN}, found)
  end)

  it("refuses to unregister what is not registered", function()
    local poll = select.poll()
    fixture.refuses("bad argument #1 to 'unregister'", poll.unregister, poll, fixture.pair())
  end)

  for _, method in ipairs({"register", "modify", "unregister"}) do
    it("refuses a closed socket in " .. method, function()
      local s = socket.socket()
      s:close()
      local poll = select.poll()
      local message = ("bad argument #1 to '%s' (fd must be"):format(method)
      fixture.refuses(message, poll[method], poll, s, 1)
    end)
  end

  local masks = {
    ["too large"] = 65536, ["negative"] = -1, ["not a number"] = "1", ["fractional"] = 1.5,
  }
  for what, mask in pairs(masks) do
    it("refuses an event mask that is " .. what, function()
      local poll = select.poll()
      local a = fixture.pair()
      local message = "bad argument #2 to 'register' (eventmask must be 0-65535, got " .. core.describe(mask)
      fixture.refuses(message, poll.register, poll, a, mask)
    end)
  end

  it("reports a hang-up that nobody asked for", function()
    fixture.need_unix() -- TCP may still send
    local a, b = fixture.pair()
    b:close()
    local poll = select.poll()
    poll:register(a, 0)
    assert.same({{a:fileno(), select.POLLHUP}}, poll:poll(10000))
  end)

  it("reports a descriptor that was closed", function()
    local s = socket.socket()
    local fd = s:fileno()
    local poll = select.poll()
    poll:register(s)
    s:close()
    assert.same({{fd, select.POLLNVAL}}, poll:poll(10000))
  end)

  it("counts its timeout in milliseconds, and does not end early", function()
    local a = fixture.pair()
    local poll = select.poll()
    poll:register(a, select.POLLIN)
    local start = fixture.monotonic()
    assert.same({}, poll:poll(20))
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  it("tells the scheduler of its timeout in seconds", function()
    local s = scheduler()
    local told
    s.wait = function(_, _, _, timeout)
      told = timeout
      error("enough", 0)
    end
    local poll = select.poll()
    s:spawn(poll.poll, poll, 20)
    fixture.refuses("enough", s.run, s)
    assert.is_true(told > 0 and told <= 0.02)
  end)

  it("rounds a fraction of a millisecond up", function()
    local start = fixture.monotonic()
    assert.same({}, select.poll():poll(0.5))
    assert.is_true(fixture.monotonic() - start >= 0.0005)
  end)

  it("takes a negative timeout for none", function()
    local a = talking()
    local poll = select.poll()
    poll:register(a, select.POLLIN)
    assert.equal(1, #poll:poll(-1))
  end)

  local timeouts = {
    ["must be a number or nil"] = "1", ["out of range"] = 0 / 0, ["too large"] = math.huge,
  }
  for message, timeout in pairs(timeouts) do
    it("refuses a timeout that " .. message, function()
      local poll = select.poll()
      fixture.refuses("bad argument #1 to 'poll' (timeout " .. message, poll.poll, poll, timeout)
    end)
  end

  it("lets other tasks run while it waits, and is not disturbed by what they do to it", function()
    local s = scheduler()
    local a, b = fixture.pair()
    local c = talking()
    local poll = select.poll()
    poll:register(a, select.POLLIN)
    local ready
    s:spawn(function() ready = poll:poll(10000) end)
    s:spawn(function()
      poll:register(c, select.POLLIN)
      poll:unregister(a)
      b:send("x")
    end)
    s:run()
    assert.same({{a:fileno(), select.POLLIN}}, ready)
    assert.same({{c:fileno(), select.POLLIN}}, poll:poll(0))
  end)
end)

-- Runs a role in a process that may have 6000 descriptors.
local function roomy(...)
  local role = fixture.role(...)
  local command = {"sh", "-c", "ulimit -n 6000 || exit 9; exec \"$@\"", "sh"}
  command.preload = role.preload
  return fixture.command(table.move(role, 1, #role, #command + 1, command))
end

-- Pending for a way that this build has not.
local function need_way(how)
  for _, name in ipairs({"epoll", "kqueue"}) do
    if how:lower():find("^" .. name) and not select[name] then fixture.lacking("no " .. name) end
  end
end

describe("a descriptor above 5000", function()
  local ways = {
    "select", "waiting", "poll", "epoll", "kqueue", "SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector",
  }
  for _, how in ipairs(ways) do
    it("is waited for by " .. how, function()
      need_way(how)
      local child = roomy("high", how)
      local fd = child:line()
      if not fd and child:wait() == 9 then fixture.lacking("6000 descriptors are not allowed") end
      assert.is_true(math.tointeger(fd) >= 5000)
      assert.equal("ready", child:line())
    end)
  end
end)

-- A library that makes signals rain on the process that loads it.
local function alarm()
  fixture.need_command("cc")
  local path = fixture.path()
  local command = "LD_PRELOAD= cc -shared -fPIC -Wl,-z,nodelete -o %s spec/roles/alarm.c"
  assert(os.execute(command:format(fixture.quote(path))))
  return path
end

describe("signals", function()
  for _, how in ipairs({"select", "poll", "epoll", "kqueue", "selector"}) do
    it("end a blocked " .. how .. " at the first Ctrl-C in the stock interpreter", function()
      need_way(how)
      fixture.assert_interrupted(fixture.child("polling", how))
    end)

    it("do not shift the timeout of " .. how .. " when they rain", function()
      need_way(how)
      local child = fixture.child("polling", how, alarm())
      assert.equal("ready", child:line())
      assert.is_true(child.output:read("n") >= 0.5)
      assert.equal(0, child:wait())
    end)
  end
end)

describe("a wait of less than a millisecond", function()
  -- The longest wait that the kernel was asked for, in nanoseconds.
  local function asked(how)
    fixture.need_command("strace")
    fixture.need_no_sanitizer()
    local log = fixture.path()
    local strace = {"strace", "-o", log, "-e", "trace=poll,ppoll,epoll_wait,epoll_pwait,epoll_pwait2"}
    local command = fixture.role("short", how)
    local child = fixture.command(table.move(command, 1, #command, #strace + 1, strace))
    assert.equal("true\n", child:rest())
    local longest = 0
    for line in io.lines(log) do
      local nanoseconds = line:match("{tv_sec=0, tv_nsec=(%d+)}") or 1e6 * (line:match(", (%d+)%) +=") or 0)
      longest = math.max(longest, tonumber(nanoseconds))
    end
    return longest
  end

  for _, how in ipairs({"select", "poll", "epoll", "recv"}) do
    it("takes no whole one, by " .. how, function()
      need_way(how)
      fixture.need_epoll() -- a build without it has no ppoll(2) either
      local longest = asked(how)
      if how == "epoll" and longest % 1e6 == 0 then fixture.lacking("no epoll_pwait2 here") end
      assert.is_true(longest > 0 and longest <= 250000, longest)
    end)
  end
end)

describe("a task that waits for several sockets, one of which is closed", function()
  local function waiting(wait, after)
    local gone, peer = fixture.pair()
    local other, quiet = fixture.pair()
    local fd = gone:fileno()
    return loop.run(function()
      local task = loop.spawn(pcall, wait, gone, other)
      while task:status() ~= "waiting" do loop.sleep(0) end
      gone:close()
      if after then after(fd) end
      assert(peer and quiet)
      local ok, result = task:join()
      return ok, result, fd
    end)
  end

  it("has EBADF of select", function()
    local ok, err = waiting(function(gone, other) return select.select({ gone, other }, {}, {}) end)
    assert.is_false(ok)
    assert.equal(socket.errno.EBADF, err.errno)
  end)

  it("has EBADF also when another has got its number before it runs", function()
    fixture.need_set()
    local ok, err = waiting(function(gone, other)
      return select.select({ gone, other }, {}, {}, 10)
    end, function(fd)
      assert.equal(fd, fixture.socket():fileno())
    end)
    assert.is_false(ok)
    assert.equal(socket.errno.EBADF, err.errno)
  end)

  it("has POLLNVAL of poll", function()
    local ok, ready, fd = waiting(function(gone, other)
      local set = select.poll()
      set:register(gone, select.POLLIN)
      set:register(other, select.POLLIN)
      return set:poll()
    end)
    assert.is_true(ok)
    assert.same({ { fd, select.POLLNVAL } }, ready)
  end)
end)
