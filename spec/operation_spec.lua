local core = require "pysocket.core"
local fixture = require "spec.fixture"
local socket = require "pysocket"

-- The smallest scheduler: who waits is resumed when poll says so.
local function scheduler()
  local waiting = {}
  local s = { tasks = {}, waits = 0 }
  function s:wait(fd, events, timeout)
    self.waits = self.waits + 1
    waiting[coroutine.running()] = { fd = fd, events = events, timeout = timeout }
    coroutine.yield()
  end
  function s:spawn(f, ...)
    local co = coroutine.create(f)
    self.tasks[co] = true
    assert(coroutine.resume(co, ...))
  end
  function s:run()
    while next(waiting) do
      local fds, shortest = {}, nil
      for _, w in pairs(waiting) do
        if w.fd then
          table.insert(fds, w.fd)
          table.insert(fds, w.events == 1 and core.POLLIN or core.POLLOUT)
        end
        if w.timeout and (not shortest or w.timeout < shortest) then shortest = w.timeout end
      end
      local ready = #fds > 0 and core.poll(fds, shortest) or {}
      local ended = {}
      for co, w in pairs(waiting) do
        if ready[1] == nil or ready[1] == w.fd or ready[3] == w.fd then table.insert(ended, co) end
      end
      for _, co in ipairs(ended) do
        waiting[co] = nil
        assert(coroutine.resume(co))
      end
    end
  end
  return s
end

-- A scheduler in force until the test ends.
local function in_force()
  local s = scheduler()
  socket.setscheduler(s)
  fixture.defer(socket.setscheduler, nil)
  return s
end

describe("an operation that would block", function()
  it("raises a timeout, and not before its deadline", function()
    local a = fixture.pair()
    a:settimeout(0.02)
    local start = fixture.monotonic()
    local err = fixture.raises(socket.timeout, a.recv, a, 1)
    assert.is_true(fixture.monotonic() - start >= 0.02)
    assert.is_nil(err.errno)
    assert.equal("recv", err.call)
    assert.equal("timed out", err.strerror)
  end)

  it("raises BlockingIOError at once when its socket is non-blocking", function()
    local a = fixture.pair()
    a:setblocking(false)
    local err = fixture.raises(socket.BlockingIOError, a.recv, a, 1)
    assert.equal(socket.EAGAIN, err.errno)
  end)

  it("raises the same error object every time: raising it allocates nothing", function()
    local a = fixture.pair()
    a:setblocking(false)
    local first = fixture.raises(socket.BlockingIOError, a.recv, a, 1)
    local second = fixture.raises(socket.BlockingIOError, a.recv, a, 1)
    assert.is_true(rawequal(first, second))
  end)

  it("with MSG_DONTWAIT does not wait, on a blocking socket", function()
    local a = fixture.pair()
    a:settimeout(nil)
    fixture.raises(socket.BlockingIOError, a.recv, a, 1, socket.MSG_DONTWAIT)
  end)

  it("with MSG_DONTWAIT waits all the same, on a socket with a timeout", function()
    local a = fixture.pair()
    a:settimeout(0.02)
    local start = fixture.monotonic()
    fixture.raises(socket.timeout, a.recv, a, 1, socket.MSG_DONTWAIT)
    assert.is_true(fixture.monotonic() - start >= 0.02)
  end)

  it("counts its timeout once for the whole call, however often it is woken", function()
    local a, b = fixture.pair()
    a:settimeout(0.05)
    local err = fixture.raises(socket.timeout, a.sendall, a, ("x"):rep(10000000))
    assert.is_true(err.characters_written > 0)
    assert.is_true(err.characters_written < 10000000)
    assert.is_true(#b:recv(100) > 0)
  end)

  it("says in characters_written how much of sendall had gone, on a non-blocking socket", function()
    local a, b = fixture.pair()
    a:setblocking(false)
    local err = fixture.raises(socket.BlockingIOError, a.sendall, a, ("x"):rep(10000000))
    local got = 0
    a:close()
    repeat
      local data = b:recv(65536)
      got = got + #data
    until data == ""
    assert.equal(err.characters_written, got)
  end)
end)

describe("under a scheduler", function()
  it("blocking-style calls of two coroutines run on one thread", function()
    local s = in_force()
    local a, b = fixture.pair()
    a:settimeout(nil)
    b:settimeout(nil)
    local heard = {}
    s:spawn(function()
      table.insert(heard, a:recv(10))
      a:sendall("pong")
    end)
    s:spawn(function()
      b:sendall("ping")
      table.insert(heard, b:recv(10))
    end)
    s:run()
    assert.same({ "ping", "pong" }, heard)
    assert.is_true(s.waits >= 2)
  end)

  it("a timeout holds", function()
    local s = in_force()
    local a = fixture.pair()
    a:settimeout(0.02)
    local err
    s:spawn(function() err = select(2, pcall(a.recv, a, 1)) end)
    s:run()
    assert.is_true(socket.isinstance(err, socket.timeout))
  end)

  it("sendall resumes where it stopped", function()
    local s = in_force()
    local a, b = fixture.pair()
    a:settimeout(nil)
    b:settimeout(nil)
    local data = ("0123456789"):rep(200000)
    local got = {}
    s:spawn(function()
      a:sendall(data)
      a:shutdown(socket.SHUT_WR)
    end)
    s:spawn(function()
      for chunk in function() return b:recv(65536) end do
        if chunk == "" then break end
        table.insert(got, chunk)
      end
    end)
    s:run()
    assert.is_true(table.concat(got) == data)
  end)

  it("accept and connect wait through it", function()
    local s = in_force()
    local listener, address = fixture.listener()
    listener:settimeout(nil)
    local client = fixture.socket()
    client:settimeout(nil)
    local peer
    s:spawn(function()
      local conn <close>, from = listener:accept()
      peer = from
      conn:sendall("hello")
    end)
    local text
    s:spawn(function()
      client:connect(address)
      text = client:recv(10)
    end)
    s:run()
    assert.equal("hello", text)
    assert.equal(client:getsockname(), peer)
  end)

  it("a coroutine that the scheduler did not start waits by itself", function()
    local s = in_force()
    local a, b = fixture.pair()
    b:sendall("x")
    local waits = s.waits
    local co = coroutine.wrap(function() return a:recv(1) .. (socket.protect(a.recv)(a, 1) or "?") end)
    a:settimeout(0.02)
    assert.equal("x?", co())
    assert.equal(waits, s.waits)
  end)

  it("the main thread waits by itself", function()
    local s = in_force()
    local a = fixture.pair()
    a:settimeout(0.02)
    fixture.raises(socket.timeout, a.recv, a, 1)
    assert.equal(0, s.waits)
  end)

  it("an operation that never blocks lets the others run now and then", function()
    local s = in_force()
    local a, b = fixture.pair()
    b:sendall(("x"):rep(1000))
    s:spawn(function()
      for _ = 1, 1000 do a:recv(1) end
    end)
    s:run()
    assert.is_true(s.waits > 0)
  end)

  it("an error raised by wait passes through, and the socket is still good", function()
    local s = in_force()
    local a, b = fixture.pair()
    function s.wait() error("cancelled", 0) end
    local ok, err
    s:spawn(function() ok, err = pcall(a.recv, a, 1) end)
    assert.is_false(ok)
    assert.equal("cancelled", err)
    b:sendall("y")
    assert.equal("y", a:recv(1))
  end)

  it("raises what it raised when it was told of a closing, once the descriptor is closed", function()
    local s = in_force()
    local before = fixture.settled_descriptors()
    local a, b = socket.socketpair()
    function s.closing() error("interrupted!", 0) end
    for _, closed in ipairs({ a, b }) do
      local ok, err = pcall(closed.close, closed)
      assert.is_false(ok)
      assert.equal("interrupted!", err)
    end
    s.closing = nil
    assert.same(before, fixture.descriptors())
  end)

  it("raises the first of what it raised when it was told of a closing for which many wait in groups", function()
    fixture.need_epoll()
    local s = in_force()
    s.yields = true
    local a = fixture.pair()
    for i = 1, 400 do
      s[i] = coroutine.create(function() require("pysocket.select").select({ a }, {}, {}) end)
      s.tasks[s[i]] = true
      assert(coroutine.resume(s[i]))
    end
    local told = 0
    function s.closing()
      told = told + 1
      error("number " .. told, 0)
    end
    local ok, err = pcall(a.close, a)
    assert.is_false(ok)
    assert.equal("number 1", err)
    assert.equal(401, told)
    s.closing = nil
  end)

  it("is told before a descriptor is closed", function()
    local s = in_force()
    local a = fixture.pair()
    local told
    function s.closing(_, fd) told = fd end
    local fd = a:fileno()
    a:close()
    assert.equal(fd, told)
  end)

  it("uses the scheduler's own resolver for a name", function()
    local s = in_force()
    local _, address = fixture.listener()
    local asked
    function s.resolve(_, host, port)
      asked = { host, port }
      return { { socket.AF_INET, socket.SOCK_STREAM, 0, "", { "127.0.0.1", address.port } } }
    end
    local client = fixture.socket()
    s:spawn(function() client:connect({ "name.invalid", address.port }) end)
    s:run()
    assert.same({ "name.invalid", address.port }, asked)
    assert.equal(address, client:getpeername())
  end)

  it("a resolver that answers with one more name is an error", function()
    local s = in_force()
    function s.resolve(_, _, port)
      return { { socket.AF_INET, socket.SOCK_STREAM, 0, "", { "another.invalid", port } } }
    end
    local client, err = fixture.socket(), nil
    s:spawn(function() err = select(2, pcall(client.connect, client, { "name.invalid", 1 })) end)
    s:run()
    assert.matches("an address without a numeric host", err)
  end)

  for _, answer in ipairs { false, 7, "text", io.stdout } do
    it("a resolver that answers with a " .. type(answer) .. " is an error", function()
      local s = in_force()
      function s.resolve() return answer end
      local errors = {}
      s:spawn(function()
        local client = fixture.socket()
        errors[1] = select(2, pcall(client.connect, client, { "name.invalid", 1 }))
        errors[2] = select(2, pcall(socket.getaddrinfo, "name.invalid", 1))
      end)
      s:run()
      for i = 1, 2 do
        assert.truthy(tostring(errors[i]):find("resolver gave a " .. type(answer) .. ", not a table", 1, true))
      end
    end)
  end

  it("a scheduler whose fields cannot be read does not keep a descriptor from being closed", function()
    local before = fixture.settled_descriptors()
    local strict = setmetatable({ wait = function() end }, { __index = function() error("no such field") end })
    local a, b = socket.socketpair()
    socket.setscheduler(strict)
    fixture.defer(socket.setscheduler, nil)
    for _, s in ipairs({a, b}) do -- whose error is raised once it is closed
      local ok, err = pcall(s.close, s)
      assert.is_false(ok)
      assert.matches("no such field", err)
    end
    assert.same(before, fixture.descriptors())
  end)

  it("getscheduler gives what setscheduler was given, and setscheduler what was there before", function()
    local s = in_force()
    assert.equal(s, socket.getscheduler())
    assert.equal(s, socket.setscheduler(nil))
    assert.is_nil(socket.getscheduler())
  end)

  it("setscheduler refuses what cannot wait", function()
    fixture.refuses("bad argument #1 to 'setscheduler'", socket.setscheduler, 3)
    fixture.refuses("no method 'wait'", socket.setscheduler, {})
  end)

  it("that has yields is not called: the coroutine yields what it waits for", function()
    local s = in_force()
    s.yields = true
    local a, b = fixture.pair()
    local co = coroutine.create(function() return a:recv(1) end)
    s.tasks[co] = true
    local yielded = table.pack(coroutine.resume(co))
    assert.same({ true, s, a:fileno(), 1 }, table.move(yielded, 1, 4, 1, {}))
    assert.is_true(yielded[5] > 0)
    b:sendall("x")
    assert.same({ true, "x" }, { coroutine.resume(co) })
    assert.equal(0, s.waits)
  end)

  it("that has yields may resume with an error: the call raises it", function()
    local s = in_force()
    s.yields = true
    local a = fixture.pair()
    local co = coroutine.create(function() return pcall(a.recv, a, 1) end)
    s.tasks[co] = true
    coroutine.resume(co)
    assert.same({ true, false, "enough" }, { coroutine.resume(co, "enough") })
  end)
end)

describe("protect", function()
  it("gives an operation's results", function()
    local a, b = fixture.pair()
    b:sendall("data")
    assert.equal("data", socket.protect(a.recv)(a, 10))
  end)

  it("gives true where there are none", function()
    local a = fixture.pair()
    assert.is_true(socket.protect(a.sendall)(a, "x"))
    assert.is_true(socket.protect(function() end)())
  end)

  it("gives nil and the error of our classes", function()
    local a = fixture.pair()
    a:setblocking(false)
    local result, err = socket.protect(a.recv)(a, 1)
    assert.is_nil(result)
    assert.is_true(socket.isinstance(err, socket.BlockingIOError))
    result, err = socket.protect(function() return a:recv(1) end)()
    assert.is_nil(result)
    assert.is_true(socket.isinstance(err, socket.BlockingIOError))
  end)

  it("lets every other error pass", function()
    local a = fixture.pair()
    fixture.refuses("bad argument #1 to 'recv'", socket.protect(a.recv), a, "x")
    local other = {}
    assert.equal(other, select(2, pcall(socket.protect(error), other)))
  end)

  it("gives nil and an error of our classes that the scheduler raises", function()
    local s = in_force()
    local a = fixture.pair()
    function s.wait() a:bind({ "nonsense" }) end
    function s.resolve() socket.inet_aton("nonsense") end
    local results
    s:spawn(function()
      results = table.pack(socket.protect(socket.getaddrinfo)("name.invalid", 1))
    end)
    assert.is_nil(results[1])
    assert.is_true(socket.isinstance(results[2], socket.error))
    local text
    s:spawn(function() text = select(2, pcall(socket.protect(a.recv), a, 1)) end)
    assert.truthy(text:find("bad argument", 1, true))
  end)

  it("works across yields", function()
    local s = in_force()
    local a, b = fixture.pair()
    local results
    s:spawn(function() results = table.pack(socket.protect(function() return a:recv(10), 2 end)()) end)
    s:spawn(function() b:sendall("z") end)
    s:run()
    assert.same({ "z", 2, n = 2 }, results)
  end)
end)
