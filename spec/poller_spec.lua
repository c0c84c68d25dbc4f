-- The core's side of select and selectors: epoll objects, and waiting in tasks.

local core = require "pysocket.core"
local fixture = require "spec.fixture"
local select = require "pysocket.select"
local socket = require "pysocket"
local tasks = require "spec.tasks"

local POLLIN <const>, POLLOUT <const> = select.POLLIN, select.POLLOUT

-- A set that is closed at the end. Pending where there is none.
local function new(...)
  fixture.need_epoll()
  return fixture.keep(select.epoll(...))
end

-- A set that watches a socket for reading; the socket, and its peer.
local function watching()
  local epoll = new()
  local a, b = fixture.pair()
  epoll:register(a, select.EPOLLIN)
  return epoll, a, b
end

describe("an epoll object", function()
  it("is an instance of select.epoll", function()
    assert.is_true(socket.isinstance(new(), select.epoll))
  end)

  it("gives pairs of descriptor and event for those that are ready", function()
    local epoll, a, b = watching()
    b:send("x")
    assert.same({{a:fileno(), select.EPOLLIN}}, epoll:poll(10))
  end)

  it("asks for reading, writing and urgent data unless it is told otherwise", function()
    local epoll = new()
    local a, b = fixture.pair()
    epoll:register(a)
    b:send("x")
    assert.same({{a:fileno(), select.EPOLLIN | select.EPOLLOUT}}, epoll:poll())
  end)

  it("takes its event mask by name", function()
    local epoll = new()
    local a = fixture.pair()
    epoll:register(a, {eventmask = select.EPOLLIN})
    assert.same({}, epoll:poll(0))
    epoll:modify(a, {eventmask = select.EPOLLOUT})
    assert.same({{a:fileno(), select.EPOLLOUT}}, epoll:poll(10))
  end)

  it("reports an edge once with EPOLLET", function()
    local epoll = new()
    local a, b = fixture.pair()
    epoll:register(a, select.EPOLLIN | select.EPOLLET)
    b:send("x")
    assert.equal(1, #epoll:poll(10))
    assert.same({}, epoll:poll(0))
  end)

  it("reports once and no more with EPOLLONESHOT", function()
    local epoll = new()
    local a, b = fixture.pair()
    epoll:register(a, select.EPOLLIN | select.EPOLLONESHOT)
    b:send("x")
    assert.equal(1, #epoll:poll(10))
    b:send("x")
    assert.same({}, epoll:poll(0))
  end)

  it("watches no longer what was unregistered", function()
    local epoll, a, b = watching()
    b:send("x")
    epoll:unregister(a)
    assert.same({}, epoll:poll(0))
  end)

  it("forgets what was closed", function()
    local epoll, a, b = watching()
    b:send("x")
    a:close()
    assert.same({}, epoll:poll(0))
  end)

  it("raises FileExistsError for registering twice", function()
    local epoll, a = watching()
    fixture.raises(socket.FileExistsError, epoll.register, epoll, a)
  end)

  for _, method in ipairs({"modify", "unregister"}) do
    it("raises FileNotFoundError from " .. method .. " for what is not registered", function()
      local epoll = new()
      local a = fixture.pair()
      fixture.raises(socket.FileNotFoundError, epoll[method], epoll, a, select.EPOLLIN)
    end)
  end

  it("raises PermissionError for a regular file", function()
    local epoll = new()
    local f <close> = assert(io.open(fixture.file("text")))
    fixture.raises(socket.PermissionError, epoll.register, epoll, f)
  end)

  it("refuses what has no open descriptor", function()
    local epoll = new()
    local s = socket.socket()
    s:close()
    local message = "bad argument #1 to 'register' (fd must be an open descriptor"
    fixture.refuses(message, epoll.register, epoll, s)
    fixture.refuses(message, epoll.register, epoll, -1)
    fixture.refuses(message, epoll.register, epoll, 1 << 32)
    fixture.refuses(message, epoll.register, epoll, io.stdout.close)
  end)

  it("returns no more than it is asked for, the rest at the next call", function()
    local epoll = new()
    local a, b = fixture.pair()
    epoll:register(a, select.EPOLLOUT)
    epoll:register(b, select.EPOLLOUT)
    local first, second = epoll:poll(10, 1), epoll:poll(10, {maxevents = 1})
    assert.same({1, 1}, {#first, #second})
    assert.not_equal(first[1][1], second[1][1])
  end)

  it("may be asked for more than there is memory for", function()
    local epoll, _, b = watching()
    b:send("x")
    assert.equal(1, #epoll:poll(10, 0x7FFFFFFF))
  end)

  for _, max in ipairs({0, -2, 1.5}) do
    it("refuses to return at most " .. max, function()
      local epoll = new()
      fixture.refuses("bad argument #2 to 'poll' (maxevents", epoll.poll, epoll, 0, max)
    end)
  end

  it("gives nothing when time is up, and not before", function()
    local epoll = watching()
    local start = fixture.monotonic()
    assert.same({}, epoll:poll(0.02))
    assert.same({}, epoll:poll({timeout = 0.02}))
    assert.is_true(fixture.monotonic() - start >= 0.04)
  end)

  it("takes a negative timeout for none", function()
    local epoll, _, b = watching()
    b:send("x")
    assert.equal(1, #epoll:poll(-1))
  end)

  for message, timeout in pairs({["must be a number"] = "1", ["out of range"] = 0 / 0}) do
    it("refuses a timeout that " .. message, function()
      local epoll = new()
      fixture.refuses("bad argument #1 to 'poll' (timeout " .. message, epoll.poll, epoll, timeout)
    end)
  end

  it("fills a flat table of the caller's", function()
    local epoll, a, b = watching()
    b:send("x")
    local list = {}
    assert.equal(1, epoll:poll(10, -1, list))
    assert.same({a:fileno(), select.EPOLLIN}, list)
    a:recv(1)
    assert.equal(0, epoll:poll(0.01, -1, list))
  end)

  it("takes Python's arguments, which have no effect", function()
    new(10, select.EPOLL_CLOEXEC)
    new({sizehint = -1, flags = 0})
  end)

  it("refuses Python's wrong arguments", function()
    new()
    fixture.refuses("bad argument #1 to 'epoll' (sizehint must be positive", select.epoll, 0)
    fixture.refuses("unknown option 'size'", select.epoll, {size = 3})
    assert.equal("EINVAL", fixture.raises(socket.OSError, select.epoll, -1, 1).name)
  end)

  it("is not inherited by child processes", function()
    local epoll = new()
    local f <close> = assert(io.popen("readlink /proc/self/fd/" .. epoll:fileno(), "r"))
    assert.equal("", f:read("a"))
  end)
end)

describe("a closed epoll object", function()
  it("says so, and may be closed again", function()
    local epoll = new()
    assert.is_false(epoll.closed)
    epoll:close()
    assert.is_true(epoll.closed)
    epoll:close()
  end)

  for _, method in ipairs({"register", "modify", "unregister", "poll", "fileno"}) do
    it("refuses " .. method, function()
      local epoll = new()
      epoll:close()
      local message = ("calling '%s' on bad self (I/O operation on closed epoll"):format(method)
      fixture.refuses(message, epoll[method], epoll, 0, 0)
    end)
  end

  it("has given its descriptor back: by close, by its scope or by the collector", function()
    new():close()
    local before = fixture.settled_descriptors()
    select.epoll():close()
    do local _ <close> = select.epoll() end
    select.epoll()
    collectgarbage()
    assert.same(before, fixture.descriptors())
  end)

  it("has told the scheduler of its end", function()
    local epoll = new()
    local fd = epoll:fileno()
    local scheduler = tasks.scheduler(fixture.defer)
    local told
    scheduler.closing = function(_, closing) told = closing end
    epoll:close()
    assert.equal(fd, told)
  end)

  it("wakes the task that waits with it", function()
    local epoll = watching()
    local scheduler = tasks.scheduler(fixture.defer)
    local ok, err
    scheduler:spawn(function() ok, err = pcall(epoll.poll, epoll, 10) end)
    scheduler:spawn(function() epoll:close() end)
    scheduler:run()
    assert.is_false(ok)
    assert.matches("closed epoll", err)
  end)
end)

describe("epoll.fromfd", function()
  it("makes an object of a descriptor, which is the object's own", function()
    local epoll, a, b = watching()
    local copy = socket.dup(epoll:fileno())
    local other = select.epoll.fromfd(copy)
    b:send("x")
    assert.same({{a:fileno(), select.EPOLLIN}}, other:poll(10))
    other:close()
    fixture.raises(socket.OSError, socket.close, copy)
  end)

  it("refuses what is no descriptor", function()
    new()
    local message = "bad argument #1 to 'fromfd' (fd must be "
    fixture.refuses(message, select.epoll.fromfd, -1)
    fixture.refuses(message, select.epoll.fromfd, "3")
  end)
end)

describe("a method of epoll", function()
  it("refuses another's self", function()
    local epoll = new()
    fixture.refuses("calling 'poll' on bad self (epoll expected, got table)", epoll.poll, {})
    local a = fixture.pair()
    fixture.refuses("(epoll expected, got socket)", epoll.close, a)
  end)
end)

describe("in a task, an epoll object", function()
  it("lets the others run, and comes back with what they made ready", function()
    local epoll, a, b = watching()
    local scheduler = tasks.scheduler(fixture.defer)
    local ready
    scheduler:spawn(function() ready = epoll:poll(10) end)
    scheduler:spawn(function() b:send("x") end)
    scheduler:run()
    assert.same({{a:fileno(), select.EPOLLIN}}, ready)
    assert.is_true(scheduler.waits > 0)
  end)

  it("gives nothing when time is up, and not before", function()
    local epoll = watching()
    local scheduler = tasks.scheduler(fixture.defer)
    local start = fixture.monotonic()
    local ready, count
    scheduler:spawn(function()
      ready = epoll:poll(0.02)
      count = epoll:poll(0.02, -1, {})
    end)
    scheduler:run()
    assert.same({}, ready)
    assert.equal(0, count)
    assert.is_true(fixture.monotonic() - start >= 0.04)
  end)

  it("does not wait when it is told not to", function()
    local epoll = watching()
    local scheduler = tasks.scheduler(fixture.defer)
    scheduler:spawn(function() epoll:poll(0) end)
    scheduler:run()
    assert.equal(0, scheduler.waits)
  end)
end)

describe("poll of the core", function()
  it("gives a flat list of those that are ready", function()
    local a, b = fixture.pair()
    local fds = {a:fileno(), POLLIN, b:fileno(), POLLOUT}
    assert.same({b:fileno(), POLLOUT}, core.poll(fds, 10))
  end)

  it("gives an empty list when time is up, and not before", function()
    local a = fixture.pair()
    local start = fixture.monotonic()
    assert.same({}, core.poll({a:fileno(), POLLIN}, 0.02))
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  -- Whether the descriptor that the scheduler gets for that list becomes ready when the peer sends.
  local function stands_for(fds, peer)
    fixture.need_epoll()
    local scheduler = tasks.scheduler(fixture.defer)
    local before, after
    function scheduler.wait(_, fd, events)
      assert.equal(1, events)
      before = #core.poll({fd, POLLIN}, 0)
      peer:send("x")
      after = #core.poll({fd, POLLIN}, 0)
    end
    scheduler:spawn(core.poll, fds, 10)
    scheduler:run()
    return before == 0 and after == 2
  end

  it("gives the scheduler one descriptor that stands for all", function()
    local a, b = fixture.pair()
    local c = fixture.pair()
    assert.is_true(stands_for({c:fileno(), POLLIN, a:fileno(), POLLIN}, b))
  end)

  it("gives it one that knows all that is asked of what stands twice in the list", function()
    local a, b = fixture.pair()
    local fd = a:fileno()
    assert.is_true(stands_for({fd, POLLIN, fd, select.POLLPRI}, b))
  end)

  it("gives it one where a descriptor of the list is negative", function()
    local a, b = fixture.pair()
    assert.is_true(stands_for({-1, POLLIN, a:fileno(), POLLIN}, b))
  end)

  it("works in a task where no descriptor is left", function()
    local child = fixture.child("crowded", "poll")
    assert.equal("soon", child:line())
    assert.equal("ready", child:line())
  end)
end)

describe("filedescriptor", function()
  local function same(expected, value)
    local fd = core.filedescriptor(value)
    assert.equal(expected, fd)
    assert.equal(expected and "integer", math.type(fd) or nil)
  end

  it("is the integer of what has one", function()
    local a = fixture.pair()
    same(a:fileno(), a)
    same(7, 7)
    same(7, 7.0)
    same(7, {fileno = function() return 7.0 end})
    same(1, io.stdout)
  end)

  it("is nil for all else", function()
    local closed = socket.socket()
    closed:close()
    local values = {closed, -1, 1 << 31, 1.5, "7", {}, true, print, {fileno = function() end}}
    for _, value in ipairs(values) do same(nil, value) end
    same(nil, nil)
    same(nil, coroutine.create(print))
  end)
end)
