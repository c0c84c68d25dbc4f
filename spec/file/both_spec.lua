-- Files that both read and write: what was written goes out while they wait for input.

local files = require "spec.file.fixture"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local open <const> = files.open
local raises <const> = fixture.raises

local LONG <const> = ("x"):rep(1000000) -- more than a socket holds

describe("a file for both that waits for input", function()
  for name, timeout in pairs { ["without a timeout"] = false, ["with a timeout"] = 30 } do
    it("sends what was written: " .. name, function()
      local f, peer, s = open("rw")
      s:settimeout(timeout or nil)
      f:write("question\n")
      loop.run(function()
        loop.spawn(function() peer:sendall(peer:recv(100):upper()) end)
        assert.equal("QUESTION", f:read("l"))
      end)
    end)
  end

  it("sends before its timeout is over", function()
    local f, peer, s = open("rw")
    s:settimeout(0.01)
    f:write("question\n")
    raises(socket.timeout, f.read, f, "l")
    assert.equal("question\n", peer:recv(100))
  end)

  it("sends what goes at once where it may not wait", function()
    local f, peer, s = open("rw")
    s:setblocking(false)
    f:write("question\n")
    assert.is_nil((f:read("l")))
    assert.equal("question\n", peer:recv(100))
  end)

  it("reads first what is there", function()
    local f, peer, s = open("rw")
    peer:sendall("answer\n")
    f:write("question\n")
    assert.equal("answer", f:read("l"))
    peer:setblocking(false)
    raises(socket.BlockingIOError, peer.recv, peer, 1)
    assert.is_true(s:fileno() >= 0)
  end)

  it("does not wait for a peer who writes first, too", function()
    local a, b = fixture.pair()
    local f <close> = a:makefile("rw", 2 * #LONG)
    local g <close> = b:makefile("rw", 2 * #LONG)
    loop.run(function()
      local function exchange(file)
        file:write(LONG, "\n")
        local line = file:read("L")
        file:flush()
        return #line
      end
      local t = loop.spawn(exchange, g)
      assert.equal(#LONG + 1, exchange(f))
      assert.equal(#LONG + 1, t:join())
    end)
  end)

  it("waits for input although the peer takes nothing any more, and then tells that", function()
    fixture.need_posix("a reset may discard what has come")
    local f, peer = open("rw")
    peer:shutdown(socket.SHUT_RD)
    f:write("question\n")
    loop.run(function()
      local t = loop.spawn(f.read, f, "l")
      loop.sleep(0)
      peer:sendall("one\ntwo")
      peer:close()
      assert.equal("one", t:join())
    end)
    assert.equal("two", f:read("l"))
    raises(socket.BrokenPipeError, f.read, f, "l")
    raises(socket.BrokenPipeError, f.close, f)
  end)

  it("gives the answer of a server that closes before it has read all", function()
    fixture.need_posix("a reset may discard what has come")
    local client, server = fixture.tcp_pair()
    local f = client:makefile("rw", 2 * #LONG)
    fixture.defer(pcall, f.close, f)
    f:write(LONG)
    loop.run(function()
      loop.spawn(function()
        server:recv(10)
        server:sendall("413 too large\n")
        server:close()
      end)
      assert.equal("413 too large", f:read("l"))
      raises(socket.ConnectionError, f.read, f, "l")
    end)
  end)
end)
