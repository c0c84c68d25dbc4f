-- A receive under a timeout waits before it tries, where the one before had to wait.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local REQUESTS <const> = 50

-- A socket with a timeout whose last receive has waited for its end in vain.
local function patient_pair(make)
  local s, peer = make()
  s:settimeout(0.01)
  assert(not pcall(s.recv, s, 1))
  return s, peer
end

describe("a receive under a timeout", function()
  it("whose answers take a while makes no system call in vain but the first", function()
    fixture.need_no_sanitizer()
    fixture.need_command("strace")
    local listener, address = fixture.listener()
    local path = fixture.path()
    local role = fixture.role("asking", address[2], REQUESTS)
    local traced = {"strace", "-o", path, "-e", "trace=recvfrom"}
    local child = fixture.command(table.move(role, 1, #role, #traced + 1, traced))
    local s = fixture.keep((listener:accept()))
    s:settimeout(30)
    while s:recv(1) == "?" do s:sendall("!") end
    assert.equal("", child:errors())
    local vain, calls = 0, 0
    for line in io.lines(path) do
      if line:find("recvfrom", 1, true) then calls = calls + 1 end
      if line:find("EAGAIN", 1, true) then vain = vain + 1 end
    end
    assert.is_true(calls >= REQUESTS)
    assert.is_true(vain <= 1, vain .. " calls in vain")
  end)

  it("of a listener fails at once, also after a wait for a connection", function()
    local child = fixture.command({preload = true, fixture.interpreter, "-e", [[
      local socket = require "pysocket"
      local listener = socket.create_server({"127.0.0.1", 0})
      listener:settimeout(0.01)
      assert(not pcall(listener.accept, listener))
      listener:settimeout(3600) -- the process does not live as long
      print(select(2, pcall(listener.recv, listener, 1)).name)
    ]]})
    assert.equal("ENOTCONN\n", child:rest())
    assert.equal(0, child:wait(), child:errors())
  end)

  for name, make in pairs({TCP = fixture.tcp_pair, AF_UNIX = fixture.pair}) do
    it("over " .. name .. " finds after a wait what has come since", function()
      local s, peer = patient_pair(make)
      peer:sendall("abc")
      assert.equal("a", s:recv(1))
      local buffer = socket.bytearray(1)
      assert.equal(1, s:recv_into(buffer))
      assert.equal("c", (s:recvfrom(1)))
      peer:close()
      assert.equal("", s:recv(1))
    end)

    it("over " .. name .. " finds it in a task, too", function()
      local s, peer = patient_pair(make)
      peer:sendall("ab")
      loop.run(function()
        assert.equal("a", s:recv(1))
        assert.equal("b", s:recv(1))
      end)
    end)

    it("over " .. name .. " times out as before", function()
      local s = patient_pair(make)
      fixture.raises(socket.timeout, s.recv, s, 1)
      s:settimeout(0)
      fixture.raises(socket.BlockingIOError, s.recv, s, 1)
    end)
  end

  it("gets what SO_RCVLOWAT keeps from being told", function()
    local s, peer = patient_pair(fixture.tcp_pair)
    if not socket.protect(s.setsockopt)(s, socket.SOL_SOCKET, socket.SO_RCVLOWAT, 100) then
      fixture.lacking("SO_RCVLOWAT cannot be set")
    end
    s:settimeout(nil) -- a receive that waits for ever would hang here
    s:settimeout(1e6)
    peer:sendall("few")
    assert.equal("few", s:recv(100, socket.MSG_PEEK))
    assert.equal("few", s:recv(100))
  end)
end)
