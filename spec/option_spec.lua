local fixture = require "spec.fixture"
local socket = require "pysocket"
local bytearray = socket.bytearray

local SOL_SOCKET <const> = socket.SOL_SOCKET
local SO_KEEPALIVE <const>, SO_TYPE <const> = socket.SO_KEEPALIVE, socket.SO_TYPE
local SO_LINGER <const>, SO_RCVTIMEO <const> = socket.SO_LINGER, socket.SO_RCVTIMEO

-- asserts that f(...) raises an OSError with that symbol
local function fails(name, f, ...)
  assert.equal(name, fixture.raises(socket.OSError, f, ...).name)
end

local refuses <const> = fixture.refuses

describe("getsockopt", function()
  it("gives an integer", function()
    local s <close> = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    assert.equal(socket.SOCK_DGRAM, s:getsockopt(SOL_SOCKET, SO_TYPE))
    assert.equal("integer", math.type(s:getsockopt(SOL_SOCKET, SO_TYPE)))
  end)

  for _, absent in ipairs({0, false}) do
    it("gives an integer for a buflen of " .. tostring(absent or nil), function()
      local s <close> = socket.socket()
      assert.equal(socket.SOCK_STREAM, s:getsockopt(SOL_SOCKET, SO_TYPE, absent or nil))
    end)
  end

  for _, buflen in ipairs({4, 64, 1024}) do
    it("gives no more bytes than the system has, for a buflen of " .. buflen, function()
      local s <close> = socket.socket()
      assert.equal(string.pack("i4", socket.SOCK_STREAM), s:getsockopt(SOL_SOCKET, SO_TYPE, buflen))
    end)
  end

  it("gives a struct as bytes", function()
    local s <close> = socket.socket()
    local format <const> = fixture.LINGER
    s:setsockopt(SOL_SOCKET, SO_LINGER, string.pack(format, 1, 7))
    local on, seconds = string.unpack(format, s:getsockopt(SOL_SOCKET, SO_LINGER, string.packsize(format)))
    assert.is_true(on ~= 0)
    assert.equal(7, seconds)
  end)

  for _, buflen in ipairs({-1, 1025, 0x7FFFFFFF}) do
    it("raises an OSError without an errno for a buflen of " .. buflen, function()
      local s <close> = socket.socket()
      local err = fixture.raises(socket.OSError, s.getsockopt, s, SOL_SOCKET, SO_TYPE, buflen)
      assert.is_nil(err.errno)
      assert.equal("getsockopt buflen out of range", err.strerror)
    end)
  end

  it("raises ENOPROTOOPT for an option that there is not", function()
    local s <close> = socket.socket()
    fails("ENOPROTOOPT", s.getsockopt, s, SOL_SOCKET, 0x7FFF)
    fails("ENOPROTOOPT", s.getsockopt, s, SOL_SOCKET, 0x7FFF, 4)
  end)

  it("raises EBADF for a closed socket", function()
    local s = socket.socket()
    s:close()
    local err = fixture.raises(socket.OSError, s.getsockopt, s, SOL_SOCKET, SO_TYPE)
    assert.equal("EBADF", err.name)
    assert.equal("getsockopt", err.call)
  end)

  it("refuses wrong arguments", function()
    local s <close> = socket.socket()
    refuses("bad argument #1 to 'getsockopt' (level must be an integer, got string)",
      s.getsockopt, s, "1", SO_TYPE)
    refuses("bad argument #1 to 'getsockopt' (level out of range, got 2147483648)",
      s.getsockopt, s, 1 << 31, 1)
    refuses("bad argument #2 to 'getsockopt' (optname must be an integer, got no value)",
      s.getsockopt, s, SOL_SOCKET)
    refuses("bad argument #3 to 'getsockopt' (buflen must be an integer, got string)",
      s.getsockopt, s, SOL_SOCKET, SO_TYPE, "4")
    refuses("bad argument #3 to 'getsockopt' (buflen out of range, got 2147483648)",
      s.getsockopt, s, SOL_SOCKET, SO_TYPE, 1 << 31)
  end)

  it("refuses a self that is no socket", function()
    local s <close> = socket.socket()
    refuses("calling 'getsockopt' on bad self (socket expected, got table)",
      s.getsockopt, {}, SOL_SOCKET, SO_TYPE)
  end)
end)

describe("setsockopt", function()
  local on = {
    ["an integer"] = 1,
    ["a float that is whole"] = 1.0,
    ["true"] = true,
    ["a string"] = string.pack("i4", 1),
    ["a bytearray"] = bytearray(string.pack("i4", 1)),
    ["a view"] = bytearray("...." .. string.pack("i4", 1)):view(5),
  }
  for title, value in pairs(on) do
    it("takes " .. title, function()
      local s <close> = socket.socket()
      s:setsockopt(SOL_SOCKET, SO_KEEPALIVE, value)
      assert.is_true(s:getsockopt(SOL_SOCKET, SO_KEEPALIVE) ~= 0)
    end)
  end

  for _, off in ipairs({0, false, string.pack("i4", 0)}) do
    it(("switches off with %q"):format(off), function()
      local s <close> = socket.socket()
      s:setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
      s:setsockopt(SOL_SOCKET, SO_KEEPALIVE, off)
      assert.equal(0, s:getsockopt(SOL_SOCKET, SO_KEEPALIVE))
    end)
  end

  it("returns nothing", function()
    local s <close> = socket.socket()
    assert.equal(0, select("#", s:setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)))
  end)

  it("reaches other levels", function()
    local s <close> = socket.socket()
    s:setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    assert.is_true(s:getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) ~= 0)
  end)

  it("gives the system no value, but a length, for nil", function()
    fixture.need_posix("it looks at the value before the length")
    local s <close> = socket.socket()
    fails("EFAULT", s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, nil, 4)
    fails("EINVAL", s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, nil, 0)
  end)

  it("raises EINVAL for bytes that are too few", function()
    fixture.need_posix("it is EFAULT, or the bytes are taken")
    local s <close> = socket.socket()
    fails("EINVAL", s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, "x")
    fails("EINVAL", s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, "")
  end)

  it("raises ENOPROTOOPT for an option that there is not", function()
    local s <close> = socket.socket()
    local err = fixture.raises(socket.OSError, s.setsockopt, s, SOL_SOCKET, 0x7FFF, 1)
    assert.equal("ENOPROTOOPT", err.name)
    assert.equal("setsockopt", err.call)
  end)

  it("raises EBADF for a closed socket", function()
    local s = socket.socket()
    s:close()
    fails("EBADF", s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, 1)
  end)

  it("refuses an integer that is no C int", function()
    local s <close> = socket.socket()
    refuses("bad argument #3 to 'setsockopt' (value out of range, got 2147483648)",
      s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, 1 << 31)
  end)

  it("refuses a number that is no integer", function()
    local s <close> = socket.socket()
    refuses("bad argument #3 to 'setsockopt' (value must be an integer, got 1.5)",
      s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, 1.5)
  end)

  for title, value in pairs({table = {}, ["function"] = print}) do
    it("refuses a " .. title, function()
      local s <close> = socket.socket()
      refuses("(value must be an integer, boolean, string or bytearray, got " .. title,
        s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, value)
    end)
  end

  it("refuses to go without a value", function()
    local s <close> = socket.socket()
    refuses("bad argument #3 to 'setsockopt' (value must be",
      s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE)
  end)

  it("refuses nil without a length", function()
    local s <close> = socket.socket()
    refuses("bad argument #4 to 'setsockopt' (optlen must be an integer, got no value)",
      s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, nil)
    refuses("bad argument #4 to 'setsockopt' (optlen must be 0-2147483647, got -1)",
      s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, nil, -1)
  end)

  it("refuses a length beside a value", function()
    local s <close> = socket.socket()
    refuses("bad argument #4 to 'setsockopt' (optlen goes with a nil value only)",
      s.setsockopt, s, SOL_SOCKET, SO_KEEPALIVE, 1, 4)
  end)

  it("refuses a level and a name that are no integers", function()
    local s <close> = socket.socket()
    refuses("bad argument #1 to 'setsockopt' (level must be an integer, got nil)",
      s.setsockopt, s, nil, 1, 1)
    refuses("bad argument #2 to 'setsockopt' (optname must be an integer, got string)",
      s.setsockopt, s, SOL_SOCKET, "SO_KEEPALIVE", 1)
  end)

  it("leaves the timeout of the socket to settimeout", function()
    local s <close> = socket.socket()
    s:setsockopt(SOL_SOCKET, SO_RCVTIMEO, s:getsockopt(SOL_SOCKET, SO_RCVTIMEO, 64))
    assert.is_nil(s:gettimeout())
  end)
end)

describe("an option of AF_VSOCK", function()
  local has_vsock, probe = pcall(function() return socket.AF_VSOCK and socket.socket(socket.AF_VSOCK) or error() end)
  if has_vsock then probe:close() end
  local it_can = has_vsock and it or function(title) pending(title .. " (no AF_VSOCK here)") end

  it_can("is an integer of 64 bits", function()
    local s <close> = socket.socket(socket.AF_VSOCK)
    s:setsockopt(socket.AF_VSOCK, socket.SO_VM_SOCKETS_BUFFER_MAX_SIZE, 1 << 33)
    assert.equal(1 << 33, s:getsockopt(socket.AF_VSOCK, socket.SO_VM_SOCKETS_BUFFER_MAX_SIZE))
  end)

  it_can("is no string: asking for one raises an OSError without an errno", function()
    local s <close> = socket.socket(socket.AF_VSOCK)
    local option <const> = socket.SO_VM_SOCKETS_BUFFER_SIZE
    local err = fixture.raises(socket.OSError, s.getsockopt, s, socket.AF_VSOCK, option, 8)
    assert.is_nil(err.errno)
    assert.equal("getsockopt string buffer not allowed", err.strerror)
  end)

  it_can("is no string: setting one is refused", function()
    local s <close> = socket.socket(socket.AF_VSOCK)
    refuses("bad argument #3 to 'setsockopt' (value must be an integer, got string)",
      s.setsockopt, s, socket.AF_VSOCK, socket.SO_VM_SOCKETS_BUFFER_SIZE, ("\0"):rep(8))
    refuses("bad argument #3 to 'setsockopt' (value must be an integer, got nil)",
      s.setsockopt, s, socket.AF_VSOCK, socket.SO_VM_SOCKETS_BUFFER_SIZE, nil)
  end)
end)
