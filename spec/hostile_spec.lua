-- Peers that mean harm, or know no better.

local core = require "pysocket.core"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local socket = require "pysocket"

local LIMIT <const> = 1024 * 1024

describe("a flood of bytes without a newline", function()
  it("is refused at the limit of a line, and takes no more memory than that", function()
    local a, b = fixture.pair()
    local most = 0
    loop.run(function()
      local flood = loop.spawn(function()
        local chunk = ("x"):rep(65536)
        while pcall(a.sendall, a, chunk) do end
      end)
      local f <close> = b:makefile("rb")
      collectgarbage()
      local before = collectgarbage("count")
      local err = fixture.raises(socket.LimitOverrunError, f.read, f, "l")
      most = collectgarbage("count") - before
      assert.matches("limit", tostring(err))
      assert.equal(("x"):rep(100), f:read(100)) -- nothing is lost
      fixture.raises(socket.LimitOverrunError, f.readline, f)
      flood:cancel()
      b:close()
    end)
    assert.is_true(most < 6 * LIMIT / 1024, most .. " KiB")
  end)

  it("is refused by lines and by numbers too", function()
    for _, read in ipairs({
      function(f) return f:lines()() end,
      function(f) return f:readlines() end,
      function(f) return f:read("n") end,
    }) do
      local a, b = fixture.pair()
      a:sendall(("1"):rep(5000))
      a:close()
      local f <close> = b:makefile("rb", {limit = 1000})
      local ok, result = pcall(read, f)
      assert.is_true(not ok and socket.isinstance(result, socket.LimitOverrunError) or result == nil or result == f, tostring(result))
    end
  end)
end)

describe("bytes that come one at a time", function()
  local text = ("line one\r\nline two\nthree\rfour"):rep(20) .. "\n"

  -- What f makes of the text when each byte of it comes alone.
  local function dripped(f)
    return loop.run(function()
      local a, b = socket.socketpair()
      local drip = loop.spawn(function()
        local _ <close> = a
        for char in text:gmatch(".") do
          a:sendall(char)
          loop.sleep(0)
        end
        for char in text:gmatch("[\r\n]") do a:sendall(char) end
      end)
      local result = f(b)
      b:close()
      pcall(drip.join, drip)
      return result
    end)
  end

  local whole = text .. text:gsub("[^\r\n]", "")

  it("are the same bytes to recv", function()
    assert.equal(whole, dripped(function(s)
      local parts = {}
      repeat
        parts[#parts + 1] = s:recv(100)
      until parts[#parts] == ""
      return table.concat(parts)
    end))
  end)

  it("are the same bytes to a file", function()
    assert.equal(whole, dripped(function(s) return s:makefile("rb"):read("a") end))
  end)

  it("are the same lines to a file", function()
    for _, newline in ipairs({"\n", "\r", "\r\n", ""}) do
      local a, b = fixture.pair()
      a:sendall(whole)
      a:close()
      local expected = table.concat(b:makefile("r", {newline = newline}):readlines(), "|")
      assert.equal(expected, dripped(function(s)
        return table.concat(s:makefile("r", {newline = newline}):readlines(), "|")
      end))
    end
  end)
end)

describe("a peer that resets the connection", function()
  local GREETING <const> = "hello\nhello\nhello\n"

  -- A connection whose peer has sent so many bytes, and then a reset.
  local function reset_after(n)
    local client, server = fixture.tcp_pair()
    if n > 0 then server:sendall(GREETING:sub(1, n)) end
    server:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(fixture.LINGER, 1, 0))
    server:close()
    return client
  end

  local uses = {
    recv = function(s) repeat until s:recv(4) == "" end,
    recv_into = function(s) repeat until s:recv_into(socket.bytearray(4)) == 0 end,
    recvmsg = function(s) repeat until s:recvmsg(4, 100) == "" end,
    lines = function(s) for _ in s:makefile("r"):lines() do end end,
    read = function(s) s:makefile("rb"):read(100) end,
    sendall = function(s) for _ = 1, 3 do s:sendall("x") end end,
    write = function(s)
      local f = s:makefile("wb", 0)
      for _ = 1, 3 do f:write("x") end
    end,
    getpeername = function(s) s:getpeername() end,
    shutdown = function(s) s:shutdown(socket.SHUT_RDWR) end,
    task = function(s) loop.run(function() s:recv(100, socket.MSG_WAITALL) end) end,
  }
  for name, use in pairs(uses) do
    it("at any point makes " .. name .. " raise an error of the system, and no more than that", function()
      for n = 0, #GREETING do
        local s = reset_after(n)
        local ok, err = pcall(use, s)
        assert.is_true(ok or socket.isinstance(err, socket.error), tostring(err))
        assert.is_true(pcall(s.close, s))
      end
    end)
  end

  it("before it is accepted leaves a listener that goes on", function()
    local listener, address = fixture.listener()
    local gone = fixture.socket()
    gone:connect(address)
    gone:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, string.pack(fixture.LINGER, 1, 0))
    gone:close()
    local client = fixture.socket()
    client:connect(address)
    client:sendall("x")
    local got = {}
    for _ = 1, 2 do
      local ok, conn = pcall(listener.accept, listener)
      if ok then
        fixture.keep(conn):settimeout(5)
        local _, data = pcall(conn.recv, conn, 1)
        got[#got + 1] = data
        if data == "x" then break end
      end
    end
    assert.equal("x", got[#got])
  end)
end)

describe("a peer that closes one half", function()
  it("can still be sent to", function()
    local a, b = fixture.tcp_pair()
    a:shutdown(socket.SHUT_WR)
    assert.equal("", b:recv(10))
    assert.equal(nil, b:makefile("r"):read("l"))
    b:sendall("still here\n")
    assert.equal("still here", a:makefile("r"):read("l"))
  end)

  it("in the midst of a line ends it there", function()
    local a, b = fixture.pair()
    a:sendall("half a li")
    a:shutdown(socket.SHUT_WR)
    local f = b:makefile("rb")
    assert.equal("half a li", f:read("L"))
    assert.equal(nil, f:read("L"))
  end)
end)

describe("descriptors that nobody asked for", function()
  local MANY <const> = 200

  before_each(function()
    fixture.need_constant("SCM_RIGHTS")
  end)

  -- A peer of one that floods it with descriptors.
  local function flooded()
    local a, b = fixture.pair()
    local fds = {}
    for i = 1, MANY do fds[i] = 0 end
    for _ = 1, 10 do socket.send_fds(a, {"x\n"}, fds) end
    a:close()
    return b
  end

  local function assert_none_left(f)
    local s = flooded()
    local before = #fixture.settled_descriptors()
    f(s)
    assert.equal(before, #fixture.descriptors())
  end

  it("are closed by the system where there is no room for them", function()
    assert_none_left(function(s) repeat until s:recv(1) == "" end)
    assert_none_left(function(s) repeat until s:recvfrom(1) == "" end)
    assert_none_left(function(s) repeat until s:recvmsg(1) == "" end)
    assert_none_left(function(s) for _ in s:makefile("r"):lines() do end end)
  end)

  it("are cut to what there is room for", function()
    assert_none_left(function(s)
      for size = 0, 64 do
        local data, items, flags = s:recvmsg(1, size)
        if data == "" then break end
        for _, item in ipairs(items) do
          for i = 1, #item.cmsg_data - 3, 4 do socket.close((string.unpack("i", item.cmsg_data, i))) end
        end
        assert.is_true(flags & socket.MSG_CTRUNC ~= 0 or data == "\n")
      end
    end)
    assert_none_left(function(s)
      local _, fds, flags = socket.recv_fds(s, 1, 3)
      assert.is_true(#fds >= 3 and #fds <= 4 and flags & socket.MSG_CTRUNC ~= 0)
      for _, fd in ipairs(fds) do socket.close(fd) end
    end)
  end)
end)

describe("control messages that are cut at any place", function()
  it("are read as far as they go", function()
    fixture.need_constant("SCM_RIGHTS")
    local a, b = fixture.pair(socket.SOCK_DGRAM)
    b:setsockopt(socket.SOL_SOCKET, 16, 1) -- SO_PASSCRED: one more item comes along
    local before = #fixture.settled_descriptors()
    for size = 0, 100 do
      socket.send_fds(a, {"x"}, {0, 1, 2})
      local data, items = b:recvmsg(10, size)
      assert.equal("x", data)
      for _, item in ipairs(items) do
        if item.cmsg_type == socket.SCM_RIGHTS then
          for i = 1, #item.cmsg_data - 3, 4 do socket.close((string.unpack("i", item.cmsg_data, i))) end
        end
      end
    end
    assert.equal(before, #fixture.descriptors())
  end)
end)

describe("an address of any length from the system", function()
  it("is pushed as a value, whatever its bytes are", function()
    math.randomseed(1)
    local kinds = {}
    for family = 0, 46 do
      for length = 0, 140, 3 do
        local bytes = {string.pack("=I2", family)}
        for i = 3, length do bytes[i - 1] = string.char(math.random(0, 255)) end
        local blob = table.concat(bytes):sub(1, length)
        for _, proto in ipairs({0, 1, 2, 3, 6, 7}) do
          local value = core.address_push(blob, proto)
          tostring(value)
          kinds[type(value)] = true
        end
      end
    end
    assert.is_true(kinds.table and kinds.string and kinds["nil"])
  end)
end)

describe("a name server that answers junk", function()
  it("gets errors of the resolver, and nothing else", function()
    local network = fixture.network({dns = "dns_junk"})
    local child = network:child("junk")
    assert.matches("^%d+ answers, %d+ errors\n$", child:rest())
    assert.equal("", child:errors())
    assert.equal(0, child:wait())
  end)
end)

describe("a script that does what nobody would", function()
  local function output(...)
    local child = fixture.child("misuse", ...)
    local text = child:rest()
    assert.equal("", child:errors())
    assert.equal(0, child:wait())
    return text
  end

  for case in output():gmatch("[^\n]+") do
    it("harms nobody: " .. case, function()
      local text = output(case)
      local lacking = text:match("^no ([^\n]+)")
      if lacking then return pending("there is no " .. lacking) end
      assert.equal("survived\n", text)
    end)
  end
end)
