-- socket.settrace: what every operation does, told to a function.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

-- The calls that are traced until the test ends, as they are told.
local function recorded()
  local calls = {}
  fixture.defer(socket.settrace, nil)
  socket.settrace(function(name, fd, results, err, seconds, arguments)
    calls[#calls + 1] = {
      name = name,
      fd = fd,
      results = results,
      err = err,
      seconds = seconds,
      arguments = arguments,
    }
  end)
  return calls
end

describe("settrace", function()
  it("tells an operation's name, descriptor, results, arguments and duration", function()
    local a, b = fixture.pair()
    local calls = recorded()
    a:sendall("hello")
    assert.equal("hello", b:recv(100, 0))
    assert.equal(2, #calls)
    assert.same({n = 1, "hello"}, calls[1].arguments)
    assert.same({n = 0}, calls[1].results)
    assert.equal("recv", calls[2].name)
    assert.equal(b:fileno(), calls[2].fd)
    assert.same({n = 2, 100, 0}, calls[2].arguments)
    assert.same({n = 1, "hello"}, calls[2].results)
    assert.is_nil(calls[2].err)
    assert.is_true(calls[2].seconds >= 0)
  end)

  it("counts the time that an operation waited", function()
    local a = fixture.pair()
    a:settimeout(0.02)
    local calls = recorded()
    fixture.raises(socket.timeout, a.recv, a, 1)
    assert.is_true(calls[1].seconds >= 0.02)
    assert.is_true(socket.isinstance(calls[1].err, socket.timeout))
    assert.is_nil(calls[1].results)
  end)

  it("leaves an error as it is, with the caller's position", function()
    local a = fixture.socket()
    local nobody = fixture.refusing()
    recorded()
    local err = fixture.raises(socket.OSError, function() a:connect(nobody) end)
    assert.matches("^spec/trace_spec%.lua:%d+: ", err.where)
    fixture.refuses("bad argument #1 to 'recv'", a.recv, a, "x")
  end)

  it("tells the error that protect returns as an error", function()
    local a = fixture.pair()
    a:setblocking(false)
    local calls = recorded()
    local data, err = socket.protect(a.recv)(a, 1)
    assert.is_nil(data)
    assert.equal(err, calls[1].err)
    assert.is_nil(calls[1].results)
  end)

  it("follows an operation through the waits of a task", function()
    local a, b = fixture.pair()
    local calls = recorded()
    loop.run(function()
      local reader = loop.spawn(a.recv, a, 10)
      while reader:status() ~= "waiting" do loop.sleep(0) end
      loop.sleep(0.01)
      b:sendall("late")
      assert.equal("late", reader:join())
    end)
    local received
    for _, call in ipairs(calls) do
      if call.name == "recv" then received = call end
    end
    assert.same({n = 1, "late"}, received.results)
    assert.is_true(received.seconds >= 0.01)
  end)

  it("does not trace what the function does itself", function()
    local a, b = fixture.pair()
    local log, read = fixture.pair()
    fixture.defer(socket.settrace, nil)
    socket.settrace(function(name) log:sendall(name .. " ") end)
    a:sendall("x")
    b:recv(1)
    socket.settrace(nil)
    assert.equal("sendall recv ", read:recv(100))
  end)

  it("turns an error of the function into a warning", function()
    local a, b = fixture.pair()
    fixture.defer(socket.settrace, nil)
    socket.settrace(function() error("oh") end)
    a:sendall("x")
    assert.equal("x", b:recv(1))
  end)

  it("goes on after an error without a text", function()
    local a, b = fixture.pair()
    local count = 0
    fixture.defer(socket.settrace, nil)
    socket.settrace(function()
      count = count + 1
      error(setmetatable({}, {__tostring = error}))
    end)
    assert.equal(1, a:send("x"))
    assert.equal("x", b:recv(1))
    assert.equal(2, count)
  end)

  it("gives back the function there was, and ends with nil", function()
    local a = fixture.pair()
    local count = 0
    local function f() count = count + 1 end
    assert.is_nil(socket.settrace(f))
    a:sendall("x")
    assert.equal(f, socket.settrace(nil))
    a:sendall("x")
    assert.equal(1, count)
  end)

  it("may be ended by the function", function()
    local a = fixture.pair()
    local count = 0
    socket.settrace(function()
      count = count + 1
      socket.settrace(nil)
    end)
    a:sendall("x")
    a:sendall("x")
    assert.equal(1, count)
  end)

  it("refuses what cannot be called", function()
    fixture.refuses("bad argument #1 to 'settrace'", socket.settrace, "x")
  end)
end)

describe("examples/strace.lua", function()
  it("shows what a program does with its sockets", function()
    local program = fixture.file([[
      local socket = require "pysocket"
      local a, b = socket.socketpair()
      a:sendall("one\ntwo " .. ...)
      print(b:recv(4))
      b:settimeout(0)
      b:recv(100)
      pcall(b.recv, b, 100)]])
    local child = fixture.program("examples/strace.lua", program, "three")
    assert.equal("one\n\n", child:rest())
    assert.equal(0, child:wait(), child:errors())
    local lines = {
      '^sendall%(%d+, "one\\ntwo three"%) = 0 <%d+%.%d+>$',
      '^recv%(%d+, 4%) = "one\\n" <%d+%.%d+>$',
      '^recv%(%d+, 100%) = "two three" <%d+%.%d+>$',
      "^recv%(%d+, 100%) = %-1 EAGAIN %(Resource temporarily unavailable%) <%d+%.%d+>$",
    }
    local i = 0
    for line in child:errors():gmatch("[^\n]+") do
      i = i + 1
      assert.matches(lines[i] or "^$", line)
    end
    assert.equal(4, i)
  end)
end)
