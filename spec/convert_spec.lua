local fixture = require "spec.fixture"
local socket = require "pysocket"
local bytearray = socket.bytearray

local refuses <const> = fixture.refuses

describe("a byte order function", function()
  for _, name in ipairs({"htons", "ntohs"}) do
    local f = socket[name]

    it(name .. " writes the number as the network has it", function()
      assert.equal(string.pack(">I2", 0x1234), string.pack("=I2", f(0x1234)))
    end)

    it(name .. " takes the whole range and gives integers", function()
      assert.equal(0, f(0))
      assert.equal(65535, f(65535))
      assert.equal("integer", math.type(f(1)))
    end)

    it(name .. " refuses a number outside 0-65535", function()
      refuses("bad argument #1 to '" .. name .. "' (x must be 0-65535, got 65536)", f, 65536)
      refuses("bad argument #1 to '" .. name .. "' (x must be 0-65535, got -1)", f, -1)
    end)
  end

  for _, name in ipairs({"htonl", "ntohl"}) do
    local f = socket[name]

    it(name .. " writes the number as the network has it", function()
      assert.equal(string.pack(">I4", 0x12345678), string.pack("=I4", f(0x12345678)))
    end)

    it(name .. " takes the whole range and gives integers", function()
      assert.equal(0, f(0))
      assert.equal(0xFFFFFFFF, f(0xFFFFFFFF))
      assert.equal("integer", math.type(f(1)))
    end)

    it(name .. " refuses a number outside 0-4294967295", function()
      local text = "bad argument #1 to '" .. name .. "' (x must be 0-4294967295, got "
      refuses(text .. "4294967296)", f, 1 << 32)
      refuses(text .. "-1)", f, -1)
    end)
  end

  for _, name in ipairs({"htons", "htonl", "ntohs", "ntohl"}) do
    local f = socket[name]

    it(name .. " refuses what is no integer", function()
      refuses("bad argument #1 to '" .. name .. "' (x must be an integer, got 1.5)", f, 1.5)
      refuses("bad argument #1 to '" .. name .. "' (x must be an integer, got string)", f, "1")
      refuses("bad argument #1 to '" .. name .. "' (x must be an integer, got nil)", f, nil)
    end)

    it(name .. " takes a float that is whole", function()
      assert.equal(f(7), f(7.0))
    end)
  end
end)

describe("inet_aton", function()
  local cases = {
    ["127.0.0.1"] = "\127\0\0\1",
    ["255.255.255.255"] = "\255\255\255\255",
    ["0.0.0.0"] = "\0\0\0\0",
    ["1"] = "\0\0\0\1",
    ["127.1"] = "\127\0\0\1",
    ["0x7f.1"] = "\127\0\0\1",
    ["0177.0.0.1"] = "\127\0\0\1",
  }
  for text, packed in pairs(cases) do
    it("packs " .. text, function()
      assert.equal(packed, socket.inet_aton(text))
    end)
  end

  local illegal = {"", "256.1.1.1", "1.2.3.4.5", "1.2.3.4x", " 1.2.3.4", "::1", "localhost"}
  for _, text in ipairs(illegal) do
    it(("raises an OSError without an errno for %q"):format(text), function()
      local err = fixture.raises(socket.OSError, socket.inet_aton, text)
      assert.is_nil(err.errno)
      assert.equal("illegal IP address string passed to inet_aton", err.strerror)
      assert.equal("inet_aton", err.call)
    end)
  end

  it("refuses what is no text", function()
    refuses("bad argument #1 to 'inet_aton' (ip_string must be a string, got number)",
      socket.inet_aton, 127)
    refuses("bad argument #1 to 'inet_aton' (ip_string must be a string, got nil)",
      socket.inet_aton, nil)
  end)
end)

describe("inet_ntoa", function()
  it("writes the dotted form", function()
    assert.equal("127.0.0.1", socket.inet_ntoa("\127\0\0\1"))
    assert.equal("255.255.255.255", socket.inet_ntoa("\255\255\255\255"))
  end)

  it("takes a bytearray and its views", function()
    local packed = bytearray("..\10\0\0\1")
    assert.equal("10.0.0.1", socket.inet_ntoa(packed:view(3)))
    assert.equal("10.0.0.2", socket.inet_ntoa(bytearray("\10\0\0\2")))
  end)

  for _, packed in ipairs({"", "\1\2\3", "\1\2\3\4\5"}) do
    it("raises an OSError without an errno for " .. #packed .. " bytes", function()
      local err = fixture.raises(socket.OSError, socket.inet_ntoa, packed)
      assert.is_nil(err.errno)
      assert.equal("packed IP wrong length for inet_ntoa", err.strerror)
    end)
  end

  it("refuses what is no data", function()
    refuses("bad argument #1 to 'inet_ntoa' (packed_ip must be a string or bytearray, got number)",
      socket.inet_ntoa, 1234)
  end)
end)

describe("inet_pton", function()
  local cases = {
    {socket.AF_INET, "127.0.0.1", "\127\0\0\1"},
    {socket.AF_INET, "255.255.255.255", "\255\255\255\255"},
    {socket.AF_INET6, "::", ("\0"):rep(16)},
    {socket.AF_INET6, "::1", ("\0"):rep(15) .. "\1"},
    {socket.AF_INET6, "1::", "\0\1" .. ("\0"):rep(14)},
    {socket.AF_INET6, "::ffff:1.2.3.4", ("\0"):rep(10) .. "\255\255\1\2\3\4"},
    {socket.AF_INET6, "45EF:76CB:1A:56EF:AFEB:BAC:1924:AEAE",
      "\x45\xEF\x76\xCB\x00\x1A\x56\xEF\xAF\xEB\x0B\xAC\x19\x24\xAE\xAE"},
  }
  for _, case in ipairs(cases) do
    it("packs " .. case[2], function()
      assert.equal(case[3], socket.inet_pton(case[1], case[2]))
    end)
  end

  local illegal = {
    {socket.AF_INET, ""},
    {socket.AF_INET, "1.2.3"},
    {socket.AF_INET, "0x7f.0.0.1"},
    {socket.AF_INET, "::1"},
    {socket.AF_INET, "1.2.3.4 "},
    {socket.AF_INET6, ""},
    {socket.AF_INET6, "1.2.3.4"},
    {socket.AF_INET6, "fe80::1%1"},
    {socket.AF_INET6, "1::2::3"},
    {socket.AF_INET6, "1:2:3:4:5:6:7"},
    {socket.AF_INET6, "::12345"},
  }
  for _, case in ipairs(illegal) do
    local title = "raises an OSError without an errno for %q of family %d"
    it(title:format(case[2], case[1]), function()
      local err = fixture.raises(socket.OSError, socket.inet_pton, case[1], case[2])
      assert.is_nil(err.errno)
      assert.equal("illegal IP address string passed to inet_pton", err.strerror)
    end)
  end

  it("raises EAFNOSUPPORT for a family without such addresses", function()
    local err = fixture.raises(socket.OSError, socket.inet_pton, socket.AF_UNIX, "127.0.0.1")
    assert.equal("EAFNOSUPPORT", err.name)
    assert.equal("inet_pton", err.call)
  end)

  it("refuses wrong types", function()
    refuses("bad argument #1 to 'inet_pton' (address_family must be an integer, got string)",
      socket.inet_pton, "127.0.0.1", socket.AF_INET)
    refuses("bad argument #2 to 'inet_pton' (ip_string must be a string, got no value)",
      socket.inet_pton, socket.AF_INET)
  end)
end)

describe("inet_ntop", function()
  local cases = {
    {socket.AF_INET, "\127\0\0\1", "127.0.0.1"},
    {socket.AF_INET6, ("\0"):rep(16), "::"},
    {socket.AF_INET6, ("\0"):rep(15) .. "\1", "::1"},
    {socket.AF_INET6, "\x45\xEF\x76\xCB\x00\x1A\x56\xEF\xAF\xEB\x0B\xAC\x19\x24\xAE\xAE",
      "45ef:76cb:1a:56ef:afeb:bac:1924:aeae"},
    {socket.AF_INET6, ("\0"):rep(10) .. "\255\255\1\2\3\4", "::ffff:1.2.3.4"},
  }
  for _, case in ipairs(cases) do
    it("writes " .. case[3], function()
      assert.equal(case[3], socket.inet_ntop(case[1], case[2]))
    end)
  end

  it("takes a bytearray", function()
    assert.equal("::1", socket.inet_ntop(socket.AF_INET6, bytearray(("\0"):rep(15) .. "\1")))
  end)

  it("refuses a wrong length", function()
    refuses("bad argument #2 to 'inet_ntop' (packed_ip must be 4 bytes long, got 16)",
      socket.inet_ntop, socket.AF_INET, ("\0"):rep(16))
    refuses("bad argument #2 to 'inet_ntop' (packed_ip must be 16 bytes long, got 0)",
      socket.inet_ntop, socket.AF_INET6, "")
  end)

  it("refuses a family without such addresses", function()
    refuses("bad argument #1 to 'inet_ntop' (unknown address family " .. socket.AF_UNIX .. ")",
      socket.inet_ntop, socket.AF_UNIX, "\127\0\0\1")
    refuses("bad argument #1 to 'inet_ntop' (unknown address family -1)",
      socket.inet_ntop, -1, "\127\0\0\1")
  end)

  it("refuses what is no data", function()
    refuses("bad argument #2 to 'inet_ntop' (packed_ip must be a string or bytearray, got table)",
      socket.inet_ntop, socket.AF_INET, {})
  end)
end)

describe("the size of ancillary data", function()
  local CMSG_LEN, CMSG_SPACE <const> = socket.CMSG_LEN, socket.CMSG_SPACE
  local LIMIT <const> = 0x7FFFFFFF

  for _, n in ipairs({1, 4, 8, 13, 4096, LIMIT - CMSG_LEN(0)}) do
    it("is, without padding, a header and " .. n .. " bytes", function()
      assert.equal(CMSG_LEN(0) + n, CMSG_LEN(n))
    end)
  end

  for _, n in ipairs({0, 1, 4, 8, 13, 4096, LIMIT - CMSG_SPACE(1)}) do
    it("has room, with padding, for " .. n .. " bytes", function()
      assert.is_true(CMSG_SPACE(n) >= CMSG_LEN(n))
      assert.is_true(CMSG_SPACE(n) <= LIMIT)
    end)
  end

  it("grows with the padding by whole steps", function()
    assert.is_true(CMSG_SPACE(0) < CMSG_SPACE(1))
    assert.equal(CMSG_SPACE(1), CMSG_SPACE(2))
  end)

  for _, name in ipairs({"CMSG_LEN", "CMSG_SPACE"}) do
    it(name .. " refuses a length outside its range", function()
      local f, text = socket[name], "bad argument #1 to '" .. name .. "' (length must be 0-"
      refuses(text, f, -1)
      refuses(text, f, LIMIT - f(1) + 2)
      refuses(text, f, math.maxinteger)
    end)

    it(name .. " refuses what is no integer", function()
      local text = "bad argument #1 to '" .. name .. "' (length must be an integer, got string)"
      refuses(text, socket[name], "4")
    end)
  end
end)
