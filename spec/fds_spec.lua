local core = require "pysocket.core"
local fixture = require "spec.fixture"
local socket = require "pysocket"

local send_fds <const>, recv_fds <const> = socket.send_fds, socket.recv_fds
local AF_UNIX <const>, SOCK_DGRAM <const> = socket.AF_UNIX, socket.SOCK_DGRAM
local MSG_PEEK <const>, MSG_DONTWAIT <const> = socket.MSG_PEEK, socket.MSG_DONTWAIT

before_each(function() fixture.need_constant("SCM_RIGHTS") end)

-- what recv_fds gives; the descriptors are closed at the end
local function received(...)
  local data, fds, flags, address = recv_fds(...)
  for _, fd in ipairs(fds) do fixture.defer(socket.close, fd) end
  return data, fds, flags, address
end

describe("send_fds and recv_fds", function()
  it("pass descriptors and data", function()
    local a, b = fixture.pair()
    local c, d = fixture.pair()
    assert.equal(2, send_fds(a, {"h", "i"}, {c:fileno()}))
    local data, fds, flags, address = recv_fds(b, 10, 5)
    assert.equal("hi", data)
    assert.equal(1, #fds)
    assert.equal("integer", math.type(fds[1]))
    assert.equal(0, flags)
    assert.is_nil(address)
    local copy <close> = socket.socket({fileno = fds[1]})
    copy:send("through it")
    assert.equal("through it", d:recv(100))
  end)

  it("pass ten descriptors to another process, which uses them", function()
    local path = fixture.path()
    local listener = fixture.socket(AF_UNIX)
    listener:bind(path)
    listener:listen()
    local child = fixture.child("fds", path)
    local conn = fixture.keep((listener:accept()))
    local fds, ends = {}, {}
    for i = 1, 10 do
      local theirs, mine = fixture.pair()
      fds[i], ends[i] = theirs:fileno(), mine
    end
    send_fds(conn, {"x"}, fds)
    local lines = {}
    for i, s in ipairs(ends) do lines[i] = s:recv(100) end
    local expected = {}
    for i = 1, 10 do expected[i] = i .. " false\n" end
    assert.same(expected, lines)
    assert.equal("10", child:line())
    assert.equal(0, child:wait())
  end)

  it("pass no descriptors at all", function()
    local a, b = fixture.pair()
    assert.equal(1, send_fds(a, {"x"}, {}))
    local data, fds = received(b, 10, 5)
    assert.equal("x", data)
    assert.same({}, fds)
  end)

  it("pass as many as the system takes in a message", function()
    fixture.need_glibc("it has room for 1024 bytes of ancillary data")
    local a, b = fixture.pair()
    local many = {}
    for i = 1, 253 do many[i] = a:fileno() end
    send_fds(a, {"x"}, many)
    local _, fds, flags = received(b, 1, 253)
    assert.equal(253, #fds)
    assert.equal(0, flags)
  end)
end)

describe("send_fds", function()
  it("sends to an address", function()
    local path = fixture.path()
    local server, client = fixture.socket(AF_UNIX, SOCK_DGRAM), fixture.socket(AF_UNIX, SOCK_DGRAM)
    server:bind(path)
    send_fds(client, {"x"}, {0}, 0, path)
    local _, fds = received(server, 1, 1)
    assert.equal(1, #fds)
    send_fds(client, {"y"}, {0}, {address = path})
    assert.equal("y", (received(server, 1, 1)))
  end)

  it("obeys its flags", function()
    local a = fixture.pair()
    a:settimeout(nil)
    a:sendmsg({("x"):rep(1 << 24)}, {}, MSG_DONTWAIT)
    fixture.raises(socket.BlockingIOError, send_fds, a, {"x"}, {0}, MSG_DONTWAIT)
    fixture.raises(socket.BlockingIOError, send_fds, a, {"x"}, {0}, {flags = MSG_DONTWAIT})
  end)

  it("raises EBADF for a descriptor that is not open", function()
    local a = fixture.pair()
    assert.equal("EBADF", fixture.raises(socket.OSError, send_fds, a, {"x"}, {0x7FFF}).name)
  end)

  it("refuses what is no descriptor, and unknown options", function()
    local a = fixture.pair()
    local refuses <const> = fixture.refuses
    refuses("bad argument #3 to 'send_fds' (fds must be a table of descriptors, got number)",
      send_fds, a, {"x"}, 1)
    refuses("(fds[2] must be a descriptor, got '1')", send_fds, a, {"x"}, {1, "1"})
    refuses("(fds[1] must be a descriptor, got 1.5)", send_fds, a, {"x"}, {1.5})
    refuses("(fds[1] must be a descriptor, got 2147483648)", send_fds, a, {"x"}, {1 << 31})
    refuses("bad argument #4 to 'send_fds' (unknown option 'color')",
      send_fds, a, {"x"}, {}, {color = 1})
    refuses("bad argument #2 to 'send_fds' (buffers must be a table of buffers, got string", send_fds, a, "x", {})
    refuses("bad argument #2 to 'recv_fds' (negative buffersize", socket.recv_fds, a, -1, 1)
  end)
end)

describe("descriptors that do not fit", function()
  it("are told by recv_fds, and none leaks", function()
    local a, b = fixture.pair()
    send_fds(a, {"x"}, {0, 1, 2, a:fileno()})
    local before = #fixture.settled_descriptors()
    local _, fds, flags = received(b, 1, 2)
    assert.is_true(#fds >= 2 and #fds < 4)
    assert.equal(socket.MSG_CTRUNC, flags & socket.MSG_CTRUNC)
    assert.equal(before + #fds, #fixture.descriptors())
  end)
end)

describe("recv_fds", function()
  it("leaks nothing where memory runs out, also in a coroutine that this ends", function()
    local starved = fixture.starving()
    local a, b = fixture.pair()
    send_fds(a, {"x"}, {0, 1, 2})
    local before = #fixture.settled_descriptors()
    local n = 0
    local fds
    repeat
      n = n + 1
      local co = coroutine.create(recv_fds)
      local _, ok, _, result = starved(n, coroutine.resume, co, b, 1, 3, MSG_PEEK)
      fds = ok and result or nil
      assert.equal(before + (fds and #fds or 0), #fixture.descriptors())
    until fds
    for _, fd in ipairs(fds) do socket.close(fd) end
    assert.is_true(n > 4)
  end)

  it("closes the descriptor of the sender's process, which the system has added", function()
    local SO_PASSPIDFD <const> = 76
    local a, b = fixture.pair()
    if not pcall(b.setsockopt, b, socket.SOL_SOCKET, SO_PASSPIDFD, 1) then
      return fixture.lacking("the system has no SO_PASSPIDFD")
    end
    send_fds(a, {"x"}, {0})
    send_fds(a, {"y"}, {0})
    local before = #fixture.settled_descriptors()
    local _, ancdata = b:recvmsg(1, 1000)
    for _, item in ipairs(ancdata) do socket.close((string.unpack("i", item.cmsg_data))) end
    assert.equal(2, #ancdata)
    local data, fds = received(b, 1, 20)
    assert.equal("y", data)
    assert.equal(1, #fds)
    assert.equal(before + 1, #fixture.descriptors())
  end)

  it("leaves out an incomplete descriptor at the end", function()
    local SIZE <const> = string.packsize("i")
    local source = {}
    function source.recvmsg()
      local data = string.pack("i", 7) .. ("\0"):rep(SIZE - 1)
      local item = {socket.SOL_SOCKET, socket.SCM_RIGHTS, data}
      return "x", {item}, 0
    end
    local _, fds = recv_fds(source, 1, 2)
    assert.same({7}, fds)
  end)

  it("looks at nothing but descriptors", function()
    local a, b = fixture.pair()
    b:setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    a:send("x")
    local data, fds = received(b, 1, 100)
    assert.equal("x", data)
    assert.same({}, fds)
  end)

  it("obeys its flags", function()
    local a, b = fixture.pair()
    send_fds(a, {"x"}, {0})
    assert.equal("x", (received(b, 1, 1, MSG_PEEK)))
    assert.equal("x", (received(b, 1, 1, {flags = MSG_PEEK})))
    assert.equal("x", (received(b, 1, 1)))
    b:settimeout(nil)
    fixture.raises(socket.BlockingIOError, recv_fds, b, 1, 1, MSG_DONTWAIT)
  end)

  it("raises a timeout", function()
    local a = fixture.pair()
    a:settimeout(0.01)
    fixture.raises(socket.timeout, recv_fds, a, 1, 1)
  end)

  for _, maxfds in ipairs({-1, 1.5, "1", 1 << 31}) do
    it(("refuses a maxfds of %q"):format(maxfds), function()
      local a = fixture.pair()
      local text = "bad argument #3 to 'recv_fds' (maxfds must be a number of descriptors, got "
      fixture.refuses(text .. core.describe(maxfds), recv_fds, a, 1, maxfds)
    end)
  end
end)
