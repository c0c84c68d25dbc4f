-- O_NONBLOCK belongs to the open file, which duplicates and other processes share: calls that must not block do not
-- depend on what the others make of it, and get it back as it was.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local SETS <const> = "timeout\ttimeout\nnon-blocking\tEAGAIN\ntask\tdone\ntask\t"

-- Does the descriptor's open file have O_NONBLOCK?
local function is_nonblocking(fd)
  local f <close> = io.open(("/proc/self/fdinfo/%d"):format(fd))
  if not f then fixture.lacking("there is no /proc/self/fdinfo") end
  return tonumber(f:read("a"):match("flags:%s*(%d+)"), 8) & tonumber("4000", 8) ~= 0
end

-- A descriptor of a blocking open file, made by somebody else than the socket that will adopt it.
local function foreign()
  local a, b = fixture.endless_pair()
  local fd = a:detach()
  fixture.defer(pcall, socket.close, fd)
  return fd, b
end

describe("a socket whose open file somebody else makes a blocking one", function()
  before_each(fixture.need_modes)

  local calls = {
    "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "recv_fds", "send", "sendall", "sendmsg",
    "accept", "file",
  }
  for _, call in ipairs(calls) do
    it("blocks no " .. call .. " under a timeout, in non-blocking mode or in a task", function()
      assert.equal(SETS .. "done\n", fixture.child("shared_flag", call):rest())
    end)
  end

  it("blocks no connect", function()
    fixture.need_abstract_names()
    assert.equal(SETS .. "fail\n", fixture.child("shared_flag", "connect"):rest()) -- the second task is connected already
  end)

  it("blocks no sendfile", function()
    assert.equal((SETS:gsub("non%S+%s%S+%s", "")) .. "done\n", fixture.child("shared_flag", "sendfile"):rest())
  end)
end)

describe("a blocking socket whose open file somebody else makes non-blocking", function()
  it("waits all the same", function()
    local listener, address = fixture.listener()
    listener:settimeout(nil)
    fixture.keep(listener:dup()):settimeout(5)
    local peer = fixture.child("answering_peer", address.port)
    local conn = fixture.keep((listener:accept()))
    conn:settimeout(nil)
    fixture.keep(conn:dup()):setblocking(false)
    conn:sendall("?")
    assert.equal("answer", conn:recv(10))
    assert.equal(0, peer:wait())
  end)

  it("still has the answer of SO_RCVTIMEO where nobody did", function()
    fixture.need_posix("it counts that time in calls that block, and none of ours does")
    local a = fixture.endless_pair()
    a:setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, string.pack("ll", 0, 10000))
    fixture.raises(socket.BlockingIOError, a.recv, a, 1)
    loop.run(function()
      loop.spawn(a.recv, a, 1)
      loop.sleep(0)
    end)
    fixture.raises(socket.BlockingIOError, a.recv, a, 1)
  end)
end)

describe("O_NONBLOCK", function()
  before_each(fixture.need_modes)

  it("is there under a timeout, and gone without one", function()
    local a = fixture.pair()
    assert.is_true(is_nonblocking(a:fileno()))
    a:settimeout(nil)
    assert.is_false(is_nonblocking(a:fileno()))
  end)

  it("is left alone by tasks that receive and send", function()
    local a, b = fixture.endless_pair()
    loop.run(function()
      local t = loop.spawn(a.recv, a, 1)
      loop.sleep(0)
      b:sendall("x")
      assert.equal("x", t:join())
    end)
    assert.is_false(is_nonblocking(a:fileno()))
  end)

  for _, how in ipairs({"close", "detach"}) do
    it("of an adopted descriptor is given back as it was found, at " .. how, function()
      local fd = foreign()
      local s = socket.socket{fileno = socket.dup(fd)}
      s:settimeout(5)
      assert.is_true(is_nonblocking(fd))
      fixture.defer(pcall, socket.close, s[how](s))
      assert.is_false(is_nonblocking(fd))
    end)
  end

  it("of an adopted descriptor is given back where there was one", function()
    local fd = foreign()
    local first = socket.socket{fileno = fd}
    fixture.defer(first.detach, first)
    first:settimeout(5)
    local s = socket.fromfd(fd, first.family, first.type)
    s:settimeout(nil)
    assert.is_false(is_nonblocking(fd))
    s:close()
    assert.is_true(is_nonblocking(fd))
  end)

  it("of an adopted descriptor is given back by the collector and by duplicates too", function()
    local fd = foreign()
    local s = socket.socket{fileno = socket.dup(fd)}
    s:settimeout(5)
    local copy = s:dup()
    s:close()
    copy:settimeout(6)
    assert.is_true(is_nonblocking(fd))
    copy = nil -- luacheck: ignore
    collectgarbage()
    assert.is_false(is_nonblocking(fd))
  end)

  it("of an adopted listener is given back after tasks have accepted from it", function()
    local listener, address = fixture.listener()
    listener:settimeout(nil)
    local s = socket.socket{fileno = socket.dup(listener:fileno())}
    loop.run(function()
      local t = loop.spawn(s.accept, s)
      loop.sleep(0)
      fixture.socket():connect(address)
      fixture.keep((t:join()))
    end)
    assert.is_true(is_nonblocking(listener:fileno()))
    s:close()
    assert.is_false(is_nonblocking(listener:fileno()))
  end)
end)
