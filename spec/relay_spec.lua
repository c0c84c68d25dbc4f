local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"
local tls = require "spec.tls"

local raises <const>, refuses <const> = fixture.raises, fixture.refuses

local MUCH <const> = ("0123456789abcdef"):rep(200000) -- more than the sockets hold

-- What comes until the end of a stream.
local function rest(s)
  return s:makefile("rb"):read("a")
end

local function say(s, data)
  s:sendall(data)
  s:shutdown(socket.SHUT_WR)
end

-- Two connections with a relay between them: f(one end, the other end, the relay as a task), and what makes pairs.
local function with_relay(make, options, f)
  local near, a = make()
  local far, b = make()
  loop.run(function()
    local relay = loop.spawn(socket.relay, a, b, options)
    f(near, far, relay, a, b)
  end)
end

local KINDS <const> = { {"TCP", fixture.tcp_pair}, {"AF_UNIX", fixture.pair} }

for _, kind in ipairs(KINDS) do
  local make <const> = kind[2]

  describe("relay over " .. kind[1], function()
    it("passes bytes on both ways, and counts them", function()
      with_relay(make, nil, function(near, far, relay)
        say(near, "question")
        assert.equal("question", rest(far))
        say(far, "answers")
        assert.equal("answers", rest(near))
        local there, back = relay:join()
        assert.equal(8, there)
        assert.equal(7, back)
      end)
    end)

    it("passes on more than the sockets hold, both ways at the same time", function()
      with_relay(make, nil, function(near, far, relay)
        loop.spawn(say, near, MUCH)
        loop.spawn(say, far, MUCH:reverse())
        local heard = loop.spawn(rest, near)
        assert.is_true(rest(far) == MUCH)
        assert.is_true(heard:join() == MUCH:reverse())
        assert.equal(#MUCH, (relay:join()))
      end)
    end)

    it("passes on what a file has received and not given out, first", function()
      local near, a = make()
      local far, b = make()
      near:sendall("CONNECT somewhere\r\nhello ")
      local file = a:makefile("rb")
      assert.equal("CONNECT somewhere\r", file:read("l"))
      say(near, "world")
      say(far, "")
      assert.equal(11, (socket.relay(a, b)))
      assert.equal("hello world", rest(far))
    end)

    it("keeps for the next receive what it could not send", function()
      local near, a = make()
      local far, b = make()
      b:setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 18) -- with less than a segment of the loopback TCP waits for timers
      far:setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 18)
      loop.run(function()
        loop.spawn(say, near, MUCH)
        local relay = loop.spawn(socket.relay, a, b)
        assert.equal("0123", far:recv(4, socket.MSG_WAITALL))
        loop.sleep(0)
        relay:cancel()
        local err = raises(loop.CancelledError, relay.join, relay)
        assert.is_true(err.relayed[1] >= 4 and err.relayed[1] < #MUCH)
        local again = loop.spawn(socket.relay, a, b)
        loop.spawn(say, far, "")
        local heard = rest(far)
        assert.equal(#MUCH, #heard + 4)
        assert.is_true("0123" .. heard == MUCH)
        assert.equal(#MUCH, err.relayed[1] + again:join())
      end)
    end)

    it("leaves no descriptor behind that a cancel, or the end, would have to close", function()
      with_relay(make, nil, function(near, far, relay) -- the first fills the pool of pipes
        say(near, "x")
        say(far, "x")
        relay:join()
      end)
      local before = fixture.settled_descriptors()
      for _ = 1, 3 do
        local near, a = make()
        local far, b = make()
        loop.run(function()
          loop.spawn(function() pcall(near.sendall, near, MUCH) end)
          local relay = loop.spawn(socket.relay, a, b)
          far:recv(1)
          relay:cancel()
        end)
        for _, s in ipairs({near, a, far, b}) do s:close() end
      end
      assert.same(before, fixture.settled_descriptors())
    end)

    it("tells how far it came when a peer is gone, without SIGPIPE", function()
      with_relay(make, nil, function(near, far, relay)
        near:sendall("hello")
        assert.equal("hello", far:recv(5))
        far:close()
        loop.spawn(function()
          repeat -- the first send to a peer that is gone may still succeed
            near:sendall("x")
            loop.sleep(0)
          until fixture.ended(relay)
        end)
        local err = raises(socket.ConnectionError, relay.join, relay)
        assert.is_true(err.relayed[1] >= 5)
        assert.equal(0, err.relayed[2])
      end)
    end)
  end)
end

describe("relay", function()
  it("works outside of tasks, too", function()
    local near, a = fixture.tcp_pair()
    local far, b = fixture.pair()
    say(near, "one")
    say(far, "three")
    assert.same({3, 5}, {socket.relay(a, b)})
    assert.equal("three", rest(near))
    assert.equal("one", rest(far))
  end)

  it("leaves the sockets open", function()
    local near, a = fixture.pair()
    local far, b = fixture.pair()
    say(near, "")
    say(far, "")
    socket.relay(a, b)
    assert.is_true(a:fileno() >= 0 and b:fileno() >= 0)
  end)

  it("does not heed the timeouts of the sockets", function()
    with_relay(function()
      local one, other = fixture.pair()
      other:settimeout(0)
      return one, other
    end, nil, function(near, far, relay)
      loop.sleep(0)
      say(near, "late")
      assert.equal("late", rest(far))
      say(far, "")
      relay:join()
    end)
  end)

  it("raises a timeout when no byte has come for so long, and not before", function()
    with_relay(fixture.tcp_pair, {timeout = 0.05}, function(near, far, relay)
      near:sendall("x")
      assert.equal("x", far:recv(1))
      local began = fixture.monotonic()
      local err = raises(socket.timeout, relay.join, relay)
      assert.equal("relay", err.call)
      assert.same({1, 0}, err.relayed)
      assert.is_true(fixture.monotonic() - began >= 0.04)
    end)
  end)

  it("does not time out while bytes go one way", function()
    with_relay(fixture.tcp_pair, {timeout = 0.2}, function(near, far, relay)
      for _ = 1, 30 do
        near:sendall("x")
        assert.equal("x", far:recv(1))
        loop.sleep(0.01)
      end
      assert.is_false(fixture.ended(relay))
      relay:cancel()
    end)
  end)

  it("ends at the deadline of timeout_after", function()
    local _, a = fixture.pair()
    local _, b = fixture.pair()
    loop.run(function()
      local err = raises(socket.timeout, loop.timeout_after, 0.01, socket.relay, a, b)
      assert.same({0, 0}, err.relayed)
    end)
  end)

  it("of a closed socket fails with EBADF", function()
    local _, a = fixture.pair()
    local _, b = fixture.pair()
    b:close()
    assert.equal("EBADF", raises(socket.error, socket.relay, a, b).name)
  end)

  it("goes by copying where there are no descriptors left for a pipe", function()
    local command = fixture.role("short_relay")
    table.move({"sh", "-c", "ulimit -n 40; exec \"$@\"", "sh"}, 1, 4, 1, table.move(command, 1, #command, 5))
    local child = fixture.command(command)
    assert.equal("16\t4", child:line() or child:errors())
    assert.equal("0123456789abcdef\t0123", child:line())
    assert.equal(0, child:wait())
  end)

  it("waits through the scheduler that is in force", function()
    fixture.need_set() -- else its loop waits by itself
    local near, a = fixture.pair()
    local far, b = fixture.pair()
    local tasks <const> = require "spec.tasks"
    local scheduler = tasks.scheduler(fixture.defer)
    local there
    scheduler:spawn(function() there = socket.relay(a, b) end)
    scheduler:spawn(function()
      say(near, "hello")
      assert.equal("hello", rest(far))
      say(far, "")
    end)
    scheduler:run()
    assert.equal(5, there)
  end)

  it("of one socket, of datagrams, or of no socket is an error", function()
    local a, b = fixture.pair()
    refuses("bad argument #2 to 'relay' (b must be another socket than a)", socket.relay, a, a)
    refuses("bad argument #1 to 'relay' (socket expected, got number)", socket.relay, 1, b)
    refuses("bad argument #2 to 'relay' (only SOCK_STREAM type sockets are supported)", socket.relay, a, (fixture.udp()))
    refuses("bad argument #3 to 'relay' (timeout must be a number, got string)", socket.relay, a, b, {timeout = "x"})
  end)
end)

describe("relay between TLS and a plain socket", function()
  it("passes bytes on, and ends each side in its way", function()
    tls.need()
    tls.with_pair(function(client, server)
      local far, b = fixture.tcp_pair()
      local relay = loop.spawn(socket.relay, server, b)
      local heard = loop.spawn(rest, client)
      loop.spawn(say, far, MUCH)
      assert.is_true(heard:join() == MUCH) -- which ends by a close_notify: without it 'read' fails
      client:sendall(MUCH)
      client:unwrap()
      assert.is_true(rest(far) == MUCH)
      assert.same({#MUCH, #MUCH}, {relay:join()})
    end, {suppress_ragged_eofs = false})
  end)

  it("passes on what was received before the relay began", function()
    tls.need()
    tls.with_pair(function(client, server)
      local far, b = fixture.tcp_pair()
      client:sendall("line\nrest")
      assert.equal("line", server:makefile("rb"):read("l"))
      local relay = loop.spawn(socket.relay, server, b)
      assert.equal("rest", far:recv(4))
      relay:cancel()
    end)
  end)
end)
