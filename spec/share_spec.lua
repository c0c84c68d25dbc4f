-- ioctl, share and fromshare, which Windows has.

local fixture = require "spec.fixture"
local machine = require "spec.machine"
local socket = require "pysocket"

local refuses <const> = fixture.refuses
local process <const> = machine.compiled("windows", "process")
local has_them <const> = socket.SIO_RCVALL ~= nil

describe("the names of Windows", function()
  it("are all there where its control codes are, and missing elsewhere", function()
    local s = fixture.socket()
    for _, value in ipairs({socket.fromshare or false, s.ioctl or false, s.share or false}) do
      assert.equal(has_them and "function" or "boolean", type(value))
    end
    assert.equal(has_them, socket.SO_EXCLUSIVEADDRUSE ~= nil)
  end)
end)

describe("ioctl", function()
  if not has_them then return pending("this system has no control codes of sockets") end

  it("has idle connections probed", function()
    local s = fixture.pair()
    assert.equal(0, s:getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
    assert.equal(0, s:ioctl(socket.SIO_KEEPALIVE_VALS, {1, 10000, 3000}))
    assert.not_equal(0, s:getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
    s:ioctl(socket.SIO_KEEPALIVE_VALS, {false, 10000, 3000})
    assert.equal(0, s:getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
  end)

  for _, case in ipairs({
    {"another code", "#1", "control must be SIO_RCVALL, SIO_KEEPALIVE_VALS or SIO_LOOPBACK_FAST_PATH, got 5", 5, 1},
    {"a code that is no integer", "#1", "control must be an integer, got string", "x", 1},
    {"two numbers for probes", "#2", "option must be {onoff, time, interval}, got {1, 2}", socket.SIO_KEEPALIVE_VALS, {1, 2}},
    {"a number for probes", "#2", "option must be {onoff, time, interval}, got 5", socket.SIO_KEEPALIVE_VALS, 5},
    {"a negative time", "#2", "element 2 of option must be an integer of 32 bits, got -1", socket.SIO_KEEPALIVE_VALS, {1, -1, 1}},
    {"a time beyond 32 bits", "#2", "element 3 of option must be an integer of 32 bits, got 4294967296",
      socket.SIO_KEEPALIVE_VALS, {1, 1, 1 << 32}},
    {"no option", "#2", "option must be an integer, got ", socket.SIO_RCVALL},
  }) do
    local title, number, text, control, option = table.unpack(case)
    it("refuses " .. title, function()
      local s = fixture.socket()
      refuses(("bad argument %s to 'ioctl' (%s"):format(number, text), s.ioctl, s, control, option)
    end)
  end

  it("raises what the system says", function()
    local s = fixture.socket()
    fixture.raises(socket.OSError, s.ioctl, s, socket.SIO_RCVALL, socket.RCVALL_ON) -- it is no raw socket
    s:close()
    assert.equal("EBADF", fixture.raises(socket.OSError, s.ioctl, s, socket.SIO_KEEPALIVE_VALS, {1, 1, 1}).name)
  end)

  it("turns the fast path of loopback on", function()
    local s = fixture.socket()
    local n = socket.protect(s.ioctl)(s, socket.SIO_LOOPBACK_FAST_PATH, true)
    if not n then fixture.lacking("this system has no fast path") end
    assert.equal(0, n)
  end)

  it("has a raw socket receive all packets", function()
    local s = socket.protect(socket.socket)(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IP)
    if not s then fixture.lacking("there are no raw sockets of IPPROTO_IP, or no rights for them") end
    fixture.keep(s)
    s:bind({"127.0.0.1", 0})
    assert.equal(0, s:ioctl(socket.SIO_RCVALL, socket.RCVALL_ON))
    assert.equal(0, s:ioctl(socket.SIO_RCVALL, socket.RCVALL_OFF))
  end)
end)

describe("share", function()
  if not process then return pending("this system does not share sockets by bytes") end

  it("gives a socket to another process", function()
    local listener, address = fixture.listener()
    local child = fixture.child("shared", address.port)
    local control = fixture.keep((listener:accept()))
    local number = control:makefile("rb"):read("l")
    local mine, peer = fixture.pair()
    control:sendall(mine:share(tonumber(number)))
    mine:close()
    peer:sendall("a word")
    assert.equal("from the other process, to which came a word", peer:recv(100))
    assert.equal("true\ttrue\tfalse\n", (child:rest():gsub("\r", "")))
    assert.equal("", child:errors())
    assert.equal(0, child:wait())
  end)

  it("gives this process the same socket again", function()
    local mine, peer = fixture.pair()
    local again = fixture.keep(socket.fromshare(mine:share(process())))
    assert.not_equal(mine:fileno(), again:fileno())
    assert.equal(mine:getsockname(), again:getsockname())
    assert.same({mine.family, mine.type}, {again.family, again.type})
    again:sendall("hello")
    assert.equal("hello", peer:recv(100))
  end)

  it("has the default timeout where it comes to", function()
    local mine = fixture.pair()
    socket.setdefaulttimeout(0.05)
    fixture.defer(socket.setdefaulttimeout, nil)
    local again = fixture.keep(socket.fromshare(mine:share(process())))
    fixture.raises(socket.timeout, again.recv, again, 1)
  end)

  it("takes the bytes of a bytearray", function()
    local mine = fixture.pair()
    local again = fixture.keep(socket.fromshare(socket.bytearray(mine:share(process()))))
    assert.equal(mine:getsockname(), again:getsockname())
  end)

  it("refuses what is no number of a process", function()
    local s = fixture.socket()
    refuses("bad argument #1 to 'share' (process_id must be 0-4294967295, got -1)", s.share, s, -1)
    refuses("bad argument #1 to 'share' (process_id must be an integer, got ", s.share, s)
  end)

  it("raises what the system says of the process and of the socket", function()
    local s = fixture.socket()
    fixture.raises(socket.OSError, s.share, s, 0)
    s:close()
    assert.equal("EBADF", fixture.raises(socket.OSError, s.share, s, process()).name)
  end)
end)

describe("fromshare", function()
  if not has_them then return pending("this system does not share sockets by bytes") end

  it("raises an OSError for bytes that are no shared socket's", function()
    local err = fixture.raises(socket.OSError, socket.fromshare, "short")
    assert.equal("a shared socket has 628 bytes, got 5", err.strerror)
    assert.is_nil(err.errno)
    for _, byte in ipairs({"\0", "a", "\255"}) do fixture.raises(socket.OSError, socket.fromshare, byte:rep(628)) end
  end)

  it("refuses what are no bytes", function()
    refuses("bad argument #1 to 'fromshare' (data must be a string or bytearray, got number)", socket.fromshare, 5)
  end)
end)
