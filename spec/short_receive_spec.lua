-- A receive of TCP in a task waits before its first system call, if the receive before returned less than it asked for. It has to
-- make the system call at once if a short receive does not mean an empty queue.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local PATIENCE <const> = 30 * fixture.SLOWNESS -- seconds after which a hang is a failure
local REQUESTS <const> = 50

-- A task receives from a socket. The peer sends a first piece; when the task waits for the next one, `send` sends data while no other
-- task runs. Returns the pieces that the task has received, up to the piece `last` or to the end of the stream.
local function pieces(s, peer, send)
  local received = {}
  s:settimeout(nil) -- a receive that times out would make one more attempt
  loop.run(function()
    local task <const> = loop.spawn(function()
      local piece
      repeat
        piece = s:recv(100)
        table.insert(received, piece)
      until piece == "" or piece:find("last", 1, true)
    end)
    loop.sleep(0)
    peer:sendall("first")
    repeat loop.sleep(0) until #received == 1 and task:status() == "waiting"
    send(peer)
    task:join(PATIENCE)
  end)
  return received
end

describe("a receive in a task that follows a short one", function()
  local calls = {recv = "recvfrom", recv_into = "recvfrom", file = "recvfrom"}
  for way, call in pairs(calls) do
    it("makes no system call in vain: " .. way, function()
      fixture.need_no_sanitizer()
      fixture.need_epoll()
      fixture.need_command("strace")
      local listener, address = fixture.listener()
      local path = fixture.path()
      local role = fixture.role("short_receives", address[2], way, REQUESTS)
      local traced = {"strace", "-o", path, "-e", "trace=" .. call}
      local child = fixture.command(table.move(role, 1, #role, #traced + 1, traced))
      local s = fixture.keep((listener:accept()))
      s:settimeout(30)
      for _ = 1, REQUESTS do
        s:sendall("?")
        assert.equal("!", s:recv(1))
      end
      assert.equal("", child:errors())
      local made, vain = 0, 0
      for line in io.lines(path) do
        if line:find(call, 1, true) then made = made + 1 end
        if line:find("EAGAIN", 1, true) then vain = vain + 1 end
      end
      assert.is_true(made >= REQUESTS)
      assert.is_true(vain <= 2, vain .. " calls in vain")
    end)
  end

  it("of AF_UNIX gets what comes behind a message with descriptors", function()
    fixture.need_constant("SCM_RIGHTS")
    local s, peer = fixture.pair()
    local received = pieces(s, peer, function()
      socket.send_fds(peer, {"with"}, {0})
      peer:sendall("last")
    end)
    assert.same({"first", "with", "last"}, received)
  end)

  it("of AF_UNIX gets what another process sends, where SO_PASSCRED tells them apart", function()
    fixture.need_constant("SO_PASSCRED")
    local s, peer = fixture.pair()
    s:setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    local received = pieces(s, peer, function()
      peer:sendall("mine")
      peer:set_inheritable(true)
      assert.equal(0, fixture.child("writer", peer:fileno(), "last"):wait())
    end)
    assert.same({"first", "mine", "last"}, received)
  end)

  it("of AF_UNIX gets what comes behind an out-of-band byte", function()
    local s, peer = fixture.pair()
    if not pcall(s.send, s, "!", socket.MSG_OOB) then fixture.lacking("AF_UNIX has no out-of-band bytes here") end
    local received = pieces(s, peer, function()
      peer:sendall("before")
      peer:send("!", socket.MSG_OOB)
      peer:sendall("last")
    end)
    assert.same({"first", "before", "last"}, received)
  end)

  -- Sends data, an urgent byte and data. A receive of TCP stops before the urgent byte.
  local function send_urgent(peer)
    peer:sendall("before")
    peer:send("!", socket.MSG_OOB)
    peer:sendall("last")
  end

  for name, family in pairs({IPv4 = socket.AF_INET, IPv6 = socket.AF_INET6}) do
    it("of TCP over " .. name .. " gets what comes behind an urgent byte", function()
      local s, peer = fixture.tcp_pair(family)
      assert.same({"first", "before", "last"}, pieces(s, peer, send_urgent))
    end)

    it("of TCP over " .. name .. " gets what comes behind an urgent byte that was taken before", function()
      local s, peer = fixture.tcp_pair(family)
      assert.same({"first", "before", "last"}, pieces(s, peer, function()
        send_urgent(peer)
        assert.equal("!", s:recv(1, socket.MSG_OOB))
      end))
    end)

    it("of TCP over " .. name .. " gets the end that came with data", function()
      local s, peer = fixture.tcp_pair(family)
      assert.same({"first", "data", ""}, pieces(s, peer, function()
        peer:sendall("data")
        peer:close()
      end))
    end)
  end
end)
