-- Calls that would block though the descriptor is ready for them: no event tells when they can go on.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

-- Starts f(...) as a task of a scheduler that hands its waits to the test: a function that lets it go on until it waits again, and
-- gives the descriptor (false for the time alone), the seconds, and in the end what f returns.
local function watched(f, ...)
  local scheduler = {wait = function(_, fd, _, timeout) coroutine.yield(fd or false, timeout) end}
  local co, arguments = coroutine.create(f), table.pack(...)
  return function()
    local before <const> = socket.setscheduler(scheduler)
    local results = table.pack(coroutine.resume(co, table.unpack(arguments, 1, arguments.n)))
    socket.setscheduler(before)
    assert(table.unpack(results, 1, results.n))
    return table.unpack(results, 2, results.n)
  end
end

local function unix_datagrams()
  local receiver = fixture.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
  receiver:bind("") -- the system finds a name
  local sender = fixture.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
  return receiver, receiver:getsockname(), sender
end

-- Fills the queue of that address.
local function fill(sender, address)
  sender:setblocking(false)
  repeat until not pcall(sender.sendto, sender, "filler", address)
  sender:settimeout(nil)
end

local function is_pause(fd, seconds)
  assert.is_false(fd)
  assert.is_true(seconds > 0)
end

describe("a wait for room in the full queue of an AF_UNIX peer", function()
  it("of sendto is for a short time, again and again, until there is room", function()
    local receiver, address, sender = unix_datagrams()
    fill(sender, address)
    local continue = watched(sender.sendto, sender, "mine", address)
    is_pause(continue())
    is_pause(continue())
    receiver:recv(10)
    assert.equal(4, continue())
  end)

  it("of sendmsg too", function()
    local receiver, address, sender = unix_datagrams()
    fill(sender, address)
    local continue = watched(sender.sendmsg, sender, {"mine"}, nil, nil, address)
    is_pause(continue())
    receiver:recv(10)
    assert.equal(4, continue())
  end)

  it("of send is for its event, which tells of a peer that is connected to", function()
    local receiver, address, sender = unix_datagrams()
    fill(sender, address)
    sender:connect(address)
    local continue = watched(sender.send, sender, "mine")
    assert.equal(sender:fileno(), (continue()))
    receiver:recv(10)
    assert.equal(4, continue())
  end)

  it("of connect is for a short time", function()
    local listener = fixture.socket(socket.AF_UNIX)
    listener:bind("")
    listener:listen(0)
    local address = listener:getsockname()
    local first, s = fixture.socket(socket.AF_UNIX), fixture.socket(socket.AF_UNIX)
    first:connect(address)
    s:settimeout(nil)
    local continue = watched(s.connect, s, address)
    is_pause(continue())
    fixture.keep((listener:accept()))
    continue()
    assert.equal(address, s:getpeername())
  end)

  it("ends at the timeout", function()
    local _, address, sender = unix_datagrams()
    fill(sender, address)
    sender:settimeout(0.02)
    fixture.raises(socket.timeout, sender.sendto, sender, "mine", address)
  end)

  it("lets a task take its turn when there is room", function()
    local receiver, address, sender = unix_datagrams()
    fill(sender, address)
    loop.run(function()
      local task = loop.spawn(sender.sendto, sender, "mine", address)
      loop.sleep(0)
      assert.equal("filler", receiver:recv(10))
      assert.equal(4, task:join())
    end)
  end)
end)

describe("a wait for room in the buffer of an AF_UNIX stream", function()
  it("is for its event", function()
    fixture.need_unix()
    local a, b = fixture.pair()
    a:setblocking(false)
    while pcall(a.send, a, ("x"):rep(1000)) do end
    a:settimeout(nil)
    local continue = watched(a.send, a, "x")
    assert.equal(a:fileno(), (continue()))
    b:recv(1 << 20)
    assert.equal(1, continue())
  end)
end)

describe("a receive while nobody takes an error from the error queue", function()
  it("waits for a short time once the event has come in vain", function()
    fixture.need_constant("MSG_ERRQUEUE")
    local s = fixture.udp()
    local other, address = fixture.udp()
    s:setsockopt(socket.IPPROTO_IP, socket.IP_RECVERR, 1)
    s:connect(address)
    other:close()
    s:send("x")
    fixture.raises(socket.ConnectionRefusedError, s.recv, s, 1)
    s:settimeout(nil)
    local continue = watched(s.recv, s, 10)
    assert.equal(s:fileno(), (continue()))
    is_pause(continue())
    is_pause(continue())
    local again = fixture.socket(socket.AF_INET, socket.SOCK_DGRAM)
    again:bind(address)
    again:sendto("data", s:getsockname())
    assert.equal("data", continue())
  end)
end)

describe("a receive with MSG_ERRQUEUE", function()
  for _, timeout in ipairs({false, 30, 0}) do
    it(("that finds nothing does not wait, under a timeout of %s"):format(timeout or nil), function()
      fixture.need_constant("MSG_ERRQUEUE")
      local s = fixture.udp()
      s:settimeout(timeout or nil)
      fixture.raises(socket.BlockingIOError, s.recv, s, 1, socket.MSG_ERRQUEUE)
      fixture.raises(socket.BlockingIOError, s.recvmsg, s, 1, 100, socket.MSG_ERRQUEUE)
    end)
  end

  it("that finds nothing does not wait in a task", function()
    fixture.need_constant("MSG_ERRQUEUE")
    local s = fixture.udp()
    s:settimeout(nil)
    loop.run(function() fixture.raises(socket.BlockingIOError, s.recv, s, 1, socket.MSG_ERRQUEUE) end)
  end)
end)

describe("a receive with MSG_OOB", function()
  it("does not wait for an urgent byte that has been announced and not sent", function()
    local listener = fixture.socket()
    listener:setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener:bind({"127.0.0.1", 0})
    listener:listen()
    local a = fixture.socket()
    a:connect(listener:getsockname())
    local b = fixture.keep((listener:accept()))
    b:settimeout(30)
    a:setblocking(false)
    a:send(("x"):rep(40000)) -- more than the window: the urgent byte comes later
    a:send("!", socket.MSG_OOB)
    local err
    repeat
      b:recv(1000)
      err = select(2, pcall(b.recv, b, 1, socket.MSG_OOB))
    until err.name ~= "EINVAL" -- not yet announced
    assert.is_true(socket.isinstance(err, socket.BlockingIOError))
  end)
end)
