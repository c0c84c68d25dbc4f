local fixture = require "spec.fixture"
local socket = require "pysocket"
local core = require "pysocket.core"

local pack <const> = string.pack
local refuses <const> = fixture.refuses
local roundtrip, push <const> = core.address_roundtrip, core.address_push

local interface <const> = socket.if_nameindex()[1]

-- Does an address begin with its length, as on macOS and the BSDs?
local SAYS_LENGTH <const> = core.address_bytes(socket.AF_INET, 0, {"127.0.0.1", 80}):byte() == 16

-- What a sockaddr begins with; its length is not in its way.
local function head(family)
  return SAYS_LENGTH and string.char(255, family) or pack("=I2", family)
end

-- What comes back of a value that was given, for each case: {title, given, expected}.
local function gives(family, proto, cases)
  for _, case in ipairs(cases) do
    local title, given, expected = table.unpack(case, 1, 3)
    it(title, function() assert.same(expected, roundtrip(family, proto, given)) end)
  end
end

-- Values that are argument errors: {title, given, text}.
local function turns_down(family, proto, cases)
  for _, case in ipairs(cases) do
    local title, given, text = table.unpack(case, 1, 3)
    it("refuses " .. title, function()
      refuses("bad argument #3 to 'address_roundtrip' (" .. text, roundtrip, family, proto, given)
    end)
  end
end

-- Values that raise an OSError without an errno: {title, given, text}.
local function fails(family, proto, cases)
  for _, case in ipairs(cases) do
    local title, given, text = table.unpack(case, 1, 3)
    it("raises an OSError for " .. title, function()
      local err = fixture.raises(socket.OSError, roundtrip, family, proto, given)
      assert.is_nil(err.errno)
      assert.equal(text, err.strerror)
    end)
  end
end

-- Whether each shorter part of a sockaddr is read as if zeros followed.
local function reads_no_further(bytes, proto)
  local zeros = ("\0"):rep(#bytes)
  for len = 2, #bytes do
    local padded = bytes:sub(1, len) .. zeros:sub(len + 1)
    assert.same(push(padded, proto), push(bytes:sub(1, len), proto))
  end
end

local function takes_any_length(family, proto)
  for _, filling in ipairs({"\0", "\255", "a"}) do
    for len = 0, 200 do push((head(family) .. filling:rep(200)):sub(1, len), proto) end
  end
end

-- The specs of a family, or a pending one where this build does not have it.
local function describe_family(name, needed, specs)
  describe(name .. " addresses", function()
    if not socket[needed] then return pending("this build lacks " .. needed) end
    specs(socket[name:match("AF_%w+")])
  end)
end

describe("AF_INET addresses", function()
  local AF_INET <const> = socket.AF_INET

  gives(AF_INET, 0, {
    {"are a host and a port", {"127.0.0.1", 80}, {"127.0.0.1", 80}},
    {"may be given by name", {host = "127.0.0.1", port = 80}, {"127.0.0.1", 80}},
    {"may be given partly by name", {"127.0.0.1", port = 80}, {"127.0.0.1", 80}},
    {"may hold a whole float", {"127.0.0.1", 80.0}, {"127.0.0.1", 80}},
    {"are any host where it is empty", {"", 0}, {"0.0.0.0", 0}},
    {"know <broadcast>", {"<broadcast>", 65535}, {"255.255.255.255", 65535}},
    {"know broadcast in numbers", {"255.255.255.255", 1}, {"255.255.255.255", 1}},
    {"have a resolver for names", {"localhost", 80}, false},
    {"have a resolver for what is no dotted quad", {"127.1", 80}, false},
    {"have a resolver for IPv6 too", {"::1", 80}, false},
  })

  turns_down(AF_INET, 0, {
    {"a string", "127.0.0.1", "AF_INET address must be {host, port}, got '127.0.0.1')"},
    {"nil", nil, "AF_INET address must be {host, port}, got nil)"},
    {"a number", 80, "AF_INET address must be {host, port}, got 80)"},
    {"no elements", {}, "AF_INET address must be {host, port}, got 0 elements"},
    {"one element", {"127.0.0.1"}, "AF_INET address must be {host, port}, got 1 element)"},
    {"three elements", {"::", 1, 2}, "AF_INET address must be {host, port}, got 3 elements"},
    {"a host that is a number", {1, 80}, "host must be a string, got number"},
    {"no host", {nil, 80}, "host must be a string, got nil"},
    {"a port that is text", {"", "80"}, "port must be an integer, got string '80'"},
    {"a port that is a fraction", {"", 1.5}, "port must be an integer, got 1.5"},
    {"a negative port", {"", -1}, "port must be 0-65535, got -1"},
    {"a port too high", {"", 65536}, "port must be 0-65535, got 65536"},
    {"a port beyond a C int", {"", 1 << 40}, "port must be 0-65535, got 1099511627776"},
  })

  it("answer by name, print and compare by value", function()
    local address = roundtrip(AF_INET, 0, {"127.0.0.1", 80})
    assert.equal("127.0.0.1", address.host)
    assert.equal(80, address.port)
    assert.equal("127.0.0.1:80", tostring(address))
    assert.is_true(address == roundtrip(AF_INET, 0, {"127.0.0.1", 80}))
    assert.is_false(address == roundtrip(AF_INET, 0, {"127.0.0.1", 81}))
    assert.is_nil(address.flowinfo)
  end)

  it("keep the host of each apart", function()
    local function from(...) return push(head(AF_INET) .. pack(">I2BBBB", 80, ...), 0).host end
    assert.equal("0.0.0.0", from(0, 0, 0, 0))
    assert.equal("10.99.100.255", from(10, 99, 100, 255))
    assert.equal("10.99.100.9", from(10, 99, 100, 9))
    assert.equal("10.99.100.9", from(10, 99, 100, 9))
    assert.equal("0.0.0.0", from(0, 0, 0, 0))
  end)

  describe("in dotted form", function()
    local PIECES <const> = {
      "", "0", "1", "9", "00", "01", "10", "99", "000", "001", "100", "199", "200", "249", "250", "255", "256", "260",
      "300", "999", "0255", "1000", "4294967296", "18446744073709551617", "-1", "+1", " 1", "1 ", "\t1", "1\n", "0x1", "a",
      "1a", "/", ":", "\128", "\255", "²",
    }

    -- Is it a numeric host for us, and for inet_pton(3) too?
    local function agrees(host)
      local ours = roundtrip(AF_INET, 0, {host, 80})
      local known, packed = pcall(socket.inet_pton, AF_INET, host)
      local theirs = known and {socket.inet_ntop(AF_INET, packed), 80}
      if host ~= "" then assert.same({host, theirs}, {host, ours}) end
    end

    it("are what inet_pton(3) takes, whatever number stands where", function()
      for _, piece in ipairs(PIECES) do
        for place = 1, 5 do
          local numbers = {"1", "20", "255", "0"}
          numbers[place] = piece
          agrees(table.concat(numbers, "."))
        end
      end
    end)

    it("are what inet_pton(3) takes, however dots and digits follow each other", function()
      local texts = {""}
      for _ = 1, 8 do
        local longer = {}
        for _, text in ipairs(texts) do
          agrees(text)
          for _, letter in ipairs({".", "0", "1"}) do table.insert(longer, text .. letter) end
        end
        texts = longer
      end
    end)
  end)

  it("are read as far as they reach", function()
    reads_no_further(head(AF_INET) .. pack(">I2BBBB", 80, 127, 1, 2, 3) .. ("\0"):rep(8), 0)
    takes_any_length(AF_INET, 0)
  end)
end)

describe("AF_INET6 addresses", function()
  local AF_INET6 <const> = socket.AF_INET6
  local mismatch <const> = "address family mismatched: %s is no IPv6 address"

  gives(AF_INET6, 0, {
    {"are a host and a port, and come back complete", {"::1", 80}, {"::1", 80, 0, 0}},
    {"may have flowinfo", {"::1", 80, 0xFFFFF}, {"::1", 80, 0xFFFFF, 0}},
    {"may have a scope", {"fe80::1", 80, 7, 3}, {"fe80::1", 80, 7, 3}},
    {"may be given by name", {host = "::1", port = 1, flowinfo = 2, scope_id = 3},
      {"::1", 1, 2, 3}},
    {"are any host where it is empty", {"", 80}, {"::", 80, 0, 0}},
    {"take the scope modulo 2^32", {"::1", 80, 0, -1}, {"::1", 80, 0, 0xFFFFFFFF}},
    {"take a scope in the host", {"fe80::1%9", 80}, {"fe80::1", 80, 0, 9}},
    {"prefer the scope given as an element", {"fe80::1%9", 80, 0, 4}, {"fe80::1", 80, 0, 4}},
    {"have a resolver for names", {"localhost", 80}, false},
    {"have a resolver for IPv4 too", {"127.0.0.1", 80}, false},
    {"have a resolver for a scope that is no interface", {"fe80::1%nonesuch", 80}, false},
    {"have a resolver for a scope beyond 2^32", {"fe80::1%4294967297", 80}, false},
    {"have a resolver for a scope without a host", {"%1", 80}, false},
    {"have a resolver for overlong hosts", {("1"):rep(300), 80}, false},
  })

  turns_down(AF_INET6, 0, {
    {"a string", "::1", "AF_INET6 address must be {host, port[, flowinfo[, scope_id]]}, got '::1')"},
    {"one element", {"::1"},
      "AF_INET6 address must be {host, port[, flowinfo[, scope_id]]}, got 1 element)"},
    {"five elements", {"::1", 1, 2, 3, 4},
      "AF_INET6 address must be {host, port[, flowinfo[, scope_id]]}, got 5 elements"},
    {"a port too high", {"::1", 65536}, "port must be 0-65535, got 65536"},
    {"flowinfo too high", {"::1", 1, 0x100000}, "flowinfo must be 0-1048575, got 1048576"},
    {"negative flowinfo", {"::1", 1, -10}, "flowinfo must be 0-1048575, got -10"},
    {"a scope that is text", {"::1", 1, 0, "lo"}, "scope_id must be an integer, got string 'lo'"},
  })

  fails(AF_INET6, 0, {
    {"<broadcast>", {"<broadcast>", 1}, mismatch:format("<broadcast>")},
    {"255.255.255.255", {"255.255.255.255", 1}, mismatch:format("255.255.255.255")},
  })

  it("know a scope by the name of its interface", function()
    local address = roundtrip(AF_INET6, 0, {"fe80::1%" .. interface.name, 80})
    assert.equal(interface.index, address.scope_id)
  end)

  it("answer by name, print and compare by value", function()
    local address = roundtrip(AF_INET6, 0, {"::1", 80, 5, 6})
    assert.equal("::1", address.host)
    assert.equal(5, address.flowinfo)
    assert.equal(6, address.scope_id)
    assert.equal("[::1%6]:80", tostring(address))
    assert.equal("[::1]:80", tostring(roundtrip(AF_INET6, 0, {"::1", 80})))
    assert.is_true(address == roundtrip(AF_INET6, 0, {"::1", 80, 5, 6}))
    assert.is_false(address == roundtrip(AF_INET6, 0, {"::1", 80}))
  end)

  it("are read as far as they reach", function()
    local front = head(AF_INET6) .. pack(">I2I4", 80, 7)
    reads_no_further(front .. ("\1"):rep(16) .. pack("=I4", 9), 0)
    takes_any_length(AF_INET6, 0)
  end)
end)

describe_family("AF_UNIX", "AF_UNIX", function(AF_UNIX)
  local path <const> = ("p"):rep(107)

  gives(AF_UNIX, 0, {
    {"are a path", "/tmp/a b", "/tmp/a b"},
    {"may be as long as the field, without its zero", path, path},
  })

  turns_down(AF_UNIX, 0, {
    {"a table", {"path"}, "AF_UNIX address must be a string or bytearray, got table"},
    {"nil", nil, "AF_UNIX address must be a string or bytearray, got nil"},
    {"a number", 1, "AF_UNIX address must be a string or bytearray, got number"},
    {"a path with zeros (Python cuts it there)", "a\0b", "AF_UNIX path must not contain null characters"},
  })

  fails(AF_UNIX, 0, {{"a path too long", path .. "p", "AF_UNIX path too long"}})

  it("may be a bytearray", function()
    assert.equal("/tmp/x", roundtrip(AF_UNIX, 0, socket.bytearray("/tmp/x")))
  end)

  it("end at a zero, or where the kernel says", function()
    assert.equal("abc", push(pack("=c2z", head(AF_UNIX), "abc") .. "rubbish", 0))
    assert.equal("abc", push(head(AF_UNIX) .. "abc", 0))
    assert.equal(("x"):rep(108), push(head(AF_UNIX) .. ("x"):rep(108), 0))
  end)

  it("are empty for a socket without a name", function()
    assert.equal("", push(head(AF_UNIX), 0))
    if not fixture.has_abstract_names() then assert.equal("", push(head(AF_UNIX) .. ("\0"):rep(14), 0)) end
  end)

  it("are taken in any length", function()
    takes_any_length(AF_UNIX, 0)
  end)
end)

describe("abstract AF_UNIX addresses", function()
  if not fixture.has_abstract_names() then return pending("this build has no abstract AF_UNIX names") end
  local AF_UNIX <const> = socket.AF_UNIX
  local name <const> = "\0" .. ("n"):rep(107)

  gives(AF_UNIX, 0, {
    {"begin with a zero and may hold more", "\0a\0b\0", "\0a\0b\0"},
    {"fill the whole field", name, name},
    {"are empty to ask for one", "", ""},
  })

  fails(AF_UNIX, 0, {{"a name too long", name .. "n", "AF_UNIX path too long"}})
end)

describe("addresses of an unknown family", function()
  gives(199, 0, {
    {"are a family and bytes", {199, "ab\0c"}, {199, "ab\0c"}},
    {"may be given by name", {family = 199, data = ""}, {199, ""}},
  })

  turns_down(199, 0, {
    {"a string", "x", "this family's address must be {family, data}, got 'x')"},
    {"one element", {199}, "this family's address must be {family, data}, got 1 element)"},
    {"three elements", {199, "", 1},
      "this family's address must be {family, data}, got 3 elements"},
    {"data that is a number", {199, 1}, "data must be a string, got number"},
    {"data too long", {199, ("x"):rep(127)}, "data too long, got 127 bytes of at most 126"},
  })

  it("answer by name", function()
    local address = push(head(199) .. "abc", 0)
    assert.equal(199, address.family)
    assert.equal("abc", address.data)
  end)

  it("are nil where there is no address", function()
    assert.is_nil(push("", 0))
    assert.is_nil(push("\1", 0))
  end)

  it("are taken in any length", function()
    takes_any_length(199, 0)
    assert.equal(126, #push(head(199) .. ("x"):rep(300), 0).data)
  end)
end)

describe_family("AF_NETLINK", "AF_NETLINK", function(AF_NETLINK)
  gives(AF_NETLINK, 0, {
    {"are a pid and groups", {1234, 5}, {1234, 5}},
    {"may be given by name", {pid = 1, groups = 2}, {1, 2}},
    {"are taken modulo 2^32", {-1, (1 << 32) + 7}, {0xFFFFFFFF, 7}},
  })

  turns_down(AF_NETLINK, 0, {
    {"a number", 0, "AF_NETLINK address must be {pid, groups}, got 0)"},
    {"one element", {0}, "AF_NETLINK address must be {pid, groups}, got 1 element)"},
    {"three elements", {0, 0, 0}, "AF_NETLINK address must be {pid, groups}, got 3 elements"},
    {"text", {"0", 0}, "pid must be an integer, got string '0'"},
    {"a fraction", {0, 0.5}, "groups must be an integer, got 0.5"},
  })

  it("answer by name, print and compare by value", function()
    local address = push(pack("=c2xxI4I4", head(AF_NETLINK), 12, 3), 0)
    assert.equal(12, address.pid)
    assert.equal(3, address.groups)
    assert.equal("{12, 3}", tostring(address))
    assert.is_true(address == roundtrip(AF_NETLINK, 0, {12, 3}))
  end)

  it("are read as far as they reach", function()
    reads_no_further(pack("=c2xxI4I4", head(AF_NETLINK), 0x01020304, 0x05060708), 0)
    takes_any_length(AF_NETLINK, 0)
  end)
end)

describe_family("AF_PACKET", "AF_PACKET", function(AF_PACKET)
  local name <const> = interface.name
  local fields <const> = "ifname, proto[, pkttype[, hatype[, addr]]]"
  local form <const> = "AF_PACKET address must be {" .. fields .. "}, got "

  -- as the kernel lays it out
  local function sockaddr(proto, index, hatype, pkttype, halen, addr)
    local front = head(AF_PACKET) .. pack(">I2", proto)
    return front .. pack("=i4I2BB", index, hatype, pkttype, halen) .. addr
  end

  gives(AF_PACKET, 0, {
    {"are an interface and a protocol", {name, 0x0800}, {name, 0x0800, socket.PACKET_HOST, 0, ""}},
    {"may have a packet type", {name, 3, 4}, {name, 3, 4, 0, ""}},
    {"may have a hardware type", {name, 3, 4, 772}, {name, 3, 4, 772, ""}},
    {"may have a hardware address", {name, 3, 0, 1, "\1\0\3\4\5\6"},
      {name, 3, 0, 1, "\1\0\3\4\5\6"}},
    {"may have one of 8 bytes", {name, 3, 0, 1, "12345678"}, {name, 3, 0, 1, "12345678"}},
    {"may have one in a bytearray", {name, 3, 0, 1, socket.bytearray("abc")},
      {name, 3, 0, 1, "abc"}},
    {"may be given by name", {ifname = name, proto = 3, addr = "x"}, {name, 3, 0, 0, "x"}},
  })

  turns_down(AF_PACKET, 0, {
    {"a string", name, "AF_PACKET address must be {ifname, proto[, pkttype[, hatype[, addr]]]}, got 'lo')"},
    {"one element", {name}, form .. "1 element)"},
    {"six elements", {name, 3, 0, 0, "", 0}, form .. "6 elements"},
    {"an index for an interface", {1, 3}, "ifname must be a string, got number"},
    {"a name with zeros", {name .. "\0", 3}, "ifname must not contain null characters"},
    {"a protocol too high", {name, 65536}, "proto must be 0-65535, got 65536"},
    {"a negative protocol", {name, -1}, "proto must be 0-65535, got -1"},
    {"a packet type beyond a C int", {name, 3, 1 << 31}, "pkttype out of range, got 2147483648"},
    {"a hardware type beyond a C int", {name, 3, 0, 1 << 31},
      "hatype out of range, got 2147483648"},
    {"a hardware address too long", {name, 3, 0, 0, ("x"):rep(9)},
      "addr must be 8 bytes or less, got 9"},
    {"a hardware address that is a number", {name, 3, 0, 0, 1},
      "addr must be a string or bytearray, got number"},
  })

  it("raise ENODEV for an unknown interface, with its name", function()
    local err = fixture.raises(socket.OSError, roundtrip, AF_PACKET, 0, {"nonesuch", 3})
    assert.equal("ENODEV", err.name)
    assert.equal("nonesuch", err.address)
  end)

  it("raise ENODEV where a long name has no beginning that is an interface", function()
    local err = fixture.raises(socket.OSError, roundtrip, AF_PACKET, 0, {("x"):rep(300), 3})
    assert.equal("ENODEV", err.name)
  end)

  it("answer by name", function()
    local address = push(sockaddr(0x86DD, interface.index, 1, 4, 6, "abcdefgh"), 0)
    assert.same({name, 0x86DD, 4, 1, "abcdef"}, address)
    assert.equal(name, address.ifname)
    assert.equal(0x86DD, address.proto)
    assert.equal(4, address.pkttype)
    assert.equal(1, address.hatype)
    assert.equal("abcdef", address.addr)
  end)

  it("have an empty name where there is no interface", function()
    assert.equal("", push(sockaddr(3, 0, 1, 4, 0, ""), 0).ifname)
    assert.equal("", push(sockaddr(3, 0x7FFFFFFF, 1, 4, 0, ""), 0).ifname)
  end)

  it("have a hardware address as long as the kernel gave it", function()
    local long = ("x"):rep(20)
    assert.equal(long, push(sockaddr(3, 0, 32, 4, 20, long), 0).addr)
    assert.equal("xyz", push(sockaddr(3, 0, 32, 4, 255, "xyz"), 0).addr)
  end)

  it("are read as far as they reach", function()
    reads_no_further(sockaddr(0x1234, 0x7EADBEEF, 7, 3, 0, "abcdefgh"), 0)
    takes_any_length(AF_PACKET, 0)
  end)
end)

describe_family("AF_CAN", "CAN_RAW", function(AF_CAN)
  local name <const> = interface.name
  local CAN_RAW <const>, CAN_BCM <const> = socket.CAN_RAW, socket.CAN_BCM

  for title, proto in pairs({CAN_RAW = CAN_RAW, CAN_BCM = CAN_BCM}) do
    describe("for " .. title, function()
      gives(AF_CAN, proto, {
        {"are an interface", {name}, {name}},
        {"are all interfaces where it is empty", {""}, {""}},
        {"may be given by name", {ifname = name}, {name}},
      })

      turns_down(AF_CAN, proto, {
        {"a string", name, "AF_CAN address must be {ifname}, got 'lo')"},
        {"no elements", {}, "AF_CAN address must be {ifname}, got 0 elements"},
        {"two elements", {name, 1}, "AF_CAN address must be {ifname}, got 2 elements"},
        {"an index", {1}, "ifname must be a string, got number"},
        {"zeros in the name", {name .. "\0"}, "ifname must not contain null characters"},
      })

      fails(AF_CAN, proto, {
        {"a name too long", {("x"):rep(16)}, "AF_CAN interface name too long"},
      })

      it("raise ENODEV for an unknown interface", function()
        local err = fixture.raises(socket.OSError, roundtrip, AF_CAN, proto, {("x"):rep(15)})
        assert.equal("ENODEV", err.name)
      end)

      it("answer by name", function()
        local address = push(pack("=c2xxi4", head(AF_CAN), interface.index), proto)
        assert.equal(name, address.ifname)
        assert.is_nil(address.addr)
      end)

      it("are taken in any length", function()
        takes_any_length(AF_CAN, proto)
      end)
    end)
  end

  fails(AF_CAN, 99, {
    {"another protocol", {name}, "unsupported CAN protocol"},
  })
end)

describe_family("AF_CAN, for CAN_ISOTP,", "CAN_ISOTP", function(AF_CAN)
  local name <const>, CAN_ISOTP <const> = interface.name, socket.CAN_ISOTP

  gives(AF_CAN, CAN_ISOTP, {
    {"are an interface and two ids", {name, 0x123, 0x456}, {name, 0x123, 0x456}},
    {"may be given by name", {ifname = "", rx_id = 1, tx_id = 2}, {"", 1, 2}},
    {"take extended ids", {name, 0x98DA00F1, -1}, {name, 0x98DA00F1, 0xFFFFFFFF}},
  })

  turns_down(AF_CAN, CAN_ISOTP, {
    {"one element", {name}, "AF_CAN address must be {ifname, rx_id, tx_id}, got 1 element)"},
    {"an id that is text", {name, 1, "2"}, "tx_id must be an integer, got string '2'"},
  })

  fails(AF_CAN, CAN_ISOTP, {
    {"a name too long", {("x"):rep(16), 1, 2}, "AF_CAN interface name too long"},
  })

  it("are read as far as they reach", function()
    local bytes = pack("=c2xxi4I4I4", head(AF_CAN), interface.index, 0x01020304, 0x05060708)
    assert.same({name, 0x01020304, 0x05060708}, push(bytes, CAN_ISOTP))
    reads_no_further(pack("=c2xxi4I4I4", head(AF_CAN), 0, 0x01020304, 0x05060708), CAN_ISOTP)
    takes_any_length(AF_CAN, CAN_ISOTP)
  end)
end)

describe_family("AF_CAN, for CAN_J1939,", "CAN_J1939", function(AF_CAN)
  local name <const>, CAN_J1939 <const> = interface.name, socket.CAN_J1939
  local form <const> = "AF_CAN address must be {ifname, name, pgn, addr}, got "

  gives(AF_CAN, CAN_J1939, {
    {"are an interface, a name, a group and an address", {name, 7, 0xFEF6, 0x20},
      {name, 7, 0xFEF6, 0x20}},
    {"may be given by name", {ifname = name, name = 1, pgn = 2, addr = 3}, {name, 1, 2, 3}},
    {"keep all 64 bits of a name", {"", -2, 0x40000, 255}, {"", -2, 0x40000, 255}},
  })

  turns_down(AF_CAN, CAN_J1939, {
    {"three elements", {name, 1, 2}, form .. "3 elements"},
    {"five elements", {name, 1, 2, 3, 4}, form .. "5 elements"},
    {"an address beyond a byte", {name, 1, 2, 256}, "addr must be 0-255, got 256"},
    {"a negative address", {name, 1, 2, -1}, "addr must be 0-255, got -1"},
    {"a group that is text", {name, 1, "2", 3}, "pgn must be an integer, got string '2'"},
  })

  it("answer by name: their own, not another protocol's", function()
    local address = roundtrip(AF_CAN, CAN_J1939, {name, 1, 2, 3})
    assert.equal(name, address.ifname)
    assert.equal(1, address.name)
    assert.equal(2, address.pgn)
    assert.equal(3, address.addr)
    assert.is_nil(address.rx_id)
  end)

  it("are read as far as they reach", function()
    reads_no_further(pack("=c2xxi4I8I4B", head(AF_CAN), 0, 0x0102030405060708, 0x11223344, 9), CAN_J1939)
    takes_any_length(AF_CAN, CAN_J1939)
  end)
end)

describe_family("AF_TIPC", "TIPC_ADDR_NAME", function(AF_TIPC)
  local NAMESEQ <const>, NAME <const> = socket.TIPC_ADDR_NAMESEQ, socket.TIPC_ADDR_NAME
  local ID <const>, CLUSTER <const> = socket.TIPC_ADDR_ID, socket.TIPC_CLUSTER_SCOPE
  local form <const> = "AF_TIPC address must be {addr_type, v1, v2, v3[, scope]}, got "

  gives(AF_TIPC, 0, {
    {"are a range of names", {NAMESEQ, 1000, 0, 9}, {NAMESEQ, 1000, 0, 9, CLUSTER}},
    {"are a name, which repeats its instance", {NAME, 1000, 5, 0}, {NAME, 1000, 5, 5, CLUSTER}},
    {"are an id", {ID, 11, 22, 33}, {ID, 11, 22, 0, CLUSTER}},
    {"may have a scope", {NAME, 1, 2, 0, socket.TIPC_NODE_SCOPE},
      {NAME, 1, 2, 2, socket.TIPC_NODE_SCOPE}},
    {"may be given by name", {addr_type = NAME, v1 = 1, v2 = 2, v3 = 0, scope = 1},
      {NAME, 1, 2, 2, 1}},
    {"are taken modulo 2^32", {NAME, -1, (1 << 32) + 2, 0}, {NAME, 0xFFFFFFFF, 2, 2, CLUSTER}},
  })

  turns_down(AF_TIPC, 0, {
    {"a number", 1, "AF_TIPC address must be {addr_type, v1, v2, v3[, scope]}, got 1)"},
    {"three elements", {NAME, 1, 2}, form .. "3 elements"},
    {"six elements", {NAME, 1, 2, 3, 4, 5}, form .. "6 elements"},
    {"an unknown type", {77, 1, 2, 3}, "invalid address type, got 77"},
    {"text", {NAME, "1", 2, 3}, "v1 must be an integer, got string '1'"},
  })

  it("answer by name", function()
    local address = push(pack("=c2Bi1I4I4I4", head(AF_TIPC), NAMESEQ, 2, 100, 200, 300), 0)
    assert.equal(NAMESEQ, address.addr_type)
    assert.equal(100, address.v1)
    assert.equal(200, address.v2)
    assert.equal(300, address.v3)
    assert.equal(2, address.scope)
  end)

  it("are bytes where the kernel gives a type that is unknown", function()
    assert.same({AF_TIPC, "\9\0rest"}, push(pack("=c2BB", head(AF_TIPC), 9, 0) .. "rest", 0))
  end)

  it("are read as far as they reach", function()
    takes_any_length(AF_TIPC, 0)
    assert.same({NAMESEQ, 1, 0, 0, 2}, push(pack("=c2Bi1I4", head(AF_TIPC), NAMESEQ, 2, 1), 0))
  end)
end)

describe_family("AF_VSOCK", "AF_VSOCK", function(AF_VSOCK)
  gives(AF_VSOCK, 0, {
    {"are a context and a port", {2, 1024}, {2, 1024}},
    {"may be given by name", {cid = 3, port = 4}, {3, 4}},
    {"take -1 for any", {-1, -1}, {socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY}},
    {"are unsigned", {0xFFFFFFFF, 0xFFFFFFFE}, {0xFFFFFFFF, 0xFFFFFFFE}},
  })

  turns_down(AF_VSOCK, 0, {
    {"a number", 1, "AF_VSOCK address must be {cid, port}, got 1)"},
    {"one element", {1}, "AF_VSOCK address must be {cid, port}, got 1 element)"},
    {"three elements", {1, 2, 3}, "AF_VSOCK address must be {cid, port}, got 3 elements"},
    {"text", {1, "2"}, "port must be an integer, got string '2'"},
  })

  it("answer by name", function()
    local address = push(pack("=c2I2I4I4I4", head(AF_VSOCK), 0, 1024, 2, 0), 0)
    assert.equal(2, address.cid)
    assert.equal(1024, address.port)
  end)

  it("are read as far as they reach", function()
    reads_no_further(pack("=c2I2I4I4I4", head(AF_VSOCK), 0, 0x01020304, 0x05060708, 0), 0)
    takes_any_length(AF_VSOCK, 0)
  end)
end)

describe_family("AF_QIPCRTR", "AF_QIPCRTR", function(AF_QIPCRTR)
  gives(AF_QIPCRTR, 0, {
    {"are a node and a port", {1, 2}, {1, 2}},
    {"may be given by name", {node = 1, port = 2}, {1, 2}},
    {"are taken modulo 2^32", {-1, -2}, {0xFFFFFFFF, 0xFFFFFFFE}},
  })

  turns_down(AF_QIPCRTR, 0, {
    {"a string", "1", "AF_QIPCRTR address must be {node, port}, got '1')"},
    {"one element", {1}, "AF_QIPCRTR address must be {node, port}, got 1 element)"},
    {"three elements", {1, 2, 3}, "AF_QIPCRTR address must be {node, port}, got 3 elements"},
  })

  it("are read as far as they reach", function()
    local bytes = pack("=c2xxI4I4", head(AF_QIPCRTR), 0x01020304, 0x05060708)
    assert.same({0x01020304, 0x05060708}, push(bytes, 0))
    reads_no_further(bytes, 0)
    takes_any_length(AF_QIPCRTR, 0)
  end)
end)

describe_family("AF_ALG", "AF_ALG", function(AF_ALG)
  local type_, name <const> = ("t"):rep(13), ("n"):rep(63)
  local form <const> = "AF_ALG address must be {type, name[, feat[, mask]]}, got "

  gives(AF_ALG, 0, {
    {"are a type and a name", {"hash", "sha1"}, {"hash", "sha1", 0, 0}},
    {"may be as long as their fields", {type_, name}, {type_, name, 0, 0}},
    {"may have features and a mask", {"aead", "gcm(aes)", 1, 2}, {"aead", "gcm(aes)", 1, 2}},
    {"may be given by name", {type = "hash", name = "md5", feat = 3, mask = 4},
      {"hash", "md5", 3, 4}},
  })

  turns_down(AF_ALG, 0, {
    {"a string", "sha1", "AF_ALG address must be {type, name[, feat[, mask]]}, got 'sha1')"},
    {"one element", {"hash"}, form .. "1 element)"},
    {"five elements", {"hash", "md5", 0, 0, 0}, form .. "5 elements"},
    {"a type too long", {type_ .. "t", "x"}, "AF_ALG type too long, got 14 bytes of at most 13"},
    {"a name too long", {"x", name .. "n"}, "AF_ALG name too long, got 64 bytes of at most 63"},
    {"a type that is a number", {1, "x"}, "type must be a string, got number"},
    {"zeros", {"hash\0", "x"}, "type must not contain null characters"},
    {"text for a mask", {"hash", "md5", 0, "0"}, "mask must be an integer, got string '0'"},
  })

  it("are read as far as they reach", function()
    local bytes = pack("=c2c14I4I4c64", head(AF_ALG), "hash", 5, 6, "sha256")
    assert.same({"hash", "sha256", 5, 6}, push(bytes, 0))
    reads_no_further(bytes, 0)
    takes_any_length(AF_ALG, 0)
  end)

  it("need no zero at the end of their fields", function()
    local bytes = pack("=c2c14I4I4c64", head(AF_ALG), ("t"):rep(14), 0, 0, ("n"):rep(64))
    assert.same({("t"):rep(14), ("n"):rep(64), 0, 0}, push(bytes, 0))
  end)
end)

describe_family("AF_RDS", "AF_RDS", function(AF_RDS)
  gives(AF_RDS, 0, {
    {"are those of AF_INET", {"127.0.0.1", 80}, {"127.0.0.1", 80}},
    {"may be given by name", {host = "", port = 1}, {"0.0.0.0", 1}},
    {"have a resolver for names", {"localhost", 80}, false},
  })

  turns_down(AF_RDS, 0, {
    {"a string", "127.0.0.1", "AF_INET address must be {host, port}, got '127.0.0.1')"},
    {"a port too high", {"", 65536}, "port must be 0-65535, got 65536"},
  })

  it("print as those of AF_INET, and are equal to them", function()
    local address = roundtrip(AF_RDS, 0, {"127.0.0.1", 80})
    assert.equal("127.0.0.1:80", tostring(address))
    assert.is_true(address == roundtrip(socket.AF_INET, 0, {"127.0.0.1", 80}))
    takes_any_length(AF_RDS, 0)
  end)
end)

describe_family("AF_BLUETOOTH, for BTPROTO_L2CAP,", "BTPROTO_L2CAP", function(AF_BLUETOOTH)
  local L2CAP <const> = socket.BTPROTO_L2CAP
  local any <const> = "00:00:00:00:00:00"
  local wrong <const>, bad <const> = "wrong format", "bad bluetooth address"
  local typed <const> = socket.BDADDR_BREDR ~= nil -- NetBSD has no types of addresses, and the PSM in another place
  local raw <const> = head(AF_BLUETOOTH) ..
    (typed and pack("<I2c6I2BB", 17, "\6\5\4\3\2\1", 8, 2, 0) or pack("=c6I2B", "\6\5\4\3\2\1", 17, 8))

  gives(AF_BLUETOOTH, L2CAP, {
    {"are a device and a port", {any, 0x1001}, {any, 0x1001}},
    {"are in upper case, with zeros", {"1:2:a:b:C:ff", 1}, {"01:02:0A:0B:0C:FF", 1}},
    {"may have a channel", {any, 0, 4}, {any, 0, 4}},
    {"have no channel where it is 0", {any, 5, 0}, {any, 5}},
    {"may be given by name", {addr = any, psm = 1, cid = 2}, {any, 1, 2}},
  })

  if typed then
    gives(AF_BLUETOOTH, L2CAP, {
      {"may have an address type", {any, 0, 4, 1}, {any, 0, 4, 1}},
      {"have the channel before an address type", {any, 1, 0, 2}, {any, 1, 0, 2}},
      {"may have an address type by name", {addr = any, psm = 1, addr_type = 2}, {any, 1, 0, 2}},
    })

    fails(AF_BLUETOOTH, L2CAP, {
      {"a channel beyond 16 bits", {any, 1, 65536}, wrong},
      {"an address type beyond a byte", {any, 1, 0, 256}, wrong},
    })
  else
    fails(AF_BLUETOOTH, L2CAP, {
      {"a channel beyond a byte", {any, 1, 256}, wrong},
      {"an address type", {any, 1, 2, 0}, wrong},
    })
  end

  fails(AF_BLUETOOTH, L2CAP, {
    {"a string", any, wrong},
    {"no elements", {}, wrong},
    {"one element", {any}, wrong},
    {"five elements", {any, 1, 2, 3, 4}, wrong},
    {"a number for a device", {1, 2}, wrong},
    {"a device with zeros", {any .. "\0", 1}, wrong},
    {"a port that is text", {any, "1"}, wrong},
    {"a port beyond 16 bits", {any, 65536}, wrong},
    {"a name for a device", {"invalid", 1}, bad},
    {"an empty device", {"", 1}, bad},
    {"five bytes", {"00:00:00:00:00", 1}, bad},
    {"seven bytes", {any .. ":00", 1}, bad},
    {"a byte of three digits", {"000:00:00:00:00:00", 1}, bad},
    {"a colon at the end", {any .. ":", 1}, bad},
    {"space", {" " .. any, 1}, bad},
  })

  it("answer by name", function()
    local address = push(raw, L2CAP)
    assert.equal("01:02:03:04:05:06", address.addr)
    assert.equal(17, address.psm)
    assert.equal(8, address.cid)
    assert.equal(typed and 2 or nil, address.addr_type)
  end)

  it("are read as far as they reach", function()
    reads_no_further(raw, L2CAP)
    takes_any_length(AF_BLUETOOTH, L2CAP)
  end)
end)

describe_family("AF_BLUETOOTH, for BTPROTO_RFCOMM,", "BTPROTO_RFCOMM", function(AF_BLUETOOTH)
  local RFCOMM <const> = socket.BTPROTO_RFCOMM
  local any <const> = "00:00:00:00:00:00"

  gives(AF_BLUETOOTH, RFCOMM, {
    {"are a device and a channel", {"AA:BB:CC:DD:EE:FF", 3}, {"AA:BB:CC:DD:EE:FF", 3}},
    {"may be given by name", {addr = any, channel = 255}, {any, 255}},
  })

  local wide <const> = socket.SO_BTH_MTU ~= nil -- Windows has a channel of 32 bits, behind the class of a service
  local most <const> = wide and 0xFFFFFFFF or 0xFF
  local raw <const> = head(AF_BLUETOOTH) .. "\6\5\4\3\2\1" .. (wide and ("\0"):rep(18) .. "\9\0\0\0" or "\9\0\9")

  gives(AF_BLUETOOTH, RFCOMM, {{"have channels up to the last", {any, most}, {any, most}}})

  fails(AF_BLUETOOTH, RFCOMM, {
    {"a string", any, "wrong format"},
    {"one element", {any}, "wrong format"},
    {"three elements", {any, 0, 0}, "wrong format"},
    {"a device with zeros", {any .. "\0", 0}, "wrong format"},
    {"a channel beyond the last", {any, most + 1}, "wrong format"},
    {"no device", {"invalid", 0}, "bad bluetooth address"},
  })

  it("are a device and a channel to the system", function() assert.same({"01:02:03:04:05:06", 9}, push(raw, RFCOMM)) end)

  it("are read as far as they reach", function()
    reads_no_further(raw, RFCOMM)
    takes_any_length(AF_BLUETOOTH, RFCOMM)
  end)
end)

describe_family("AF_BLUETOOTH, for BTPROTO_HCI,", "HCI_CHANNEL_RAW", function(AF_BLUETOOTH)
  local HCI <const> = socket.BTPROTO_HCI

  gives(AF_BLUETOOTH, HCI, {
    {"are a device's number", 5, 5},
    {"are a device's number for the raw channel", {5, socket.HCI_CHANNEL_RAW}, 5},
    {"may have no channel", {5}, 5},
    {"are a device and another channel", {5, socket.HCI_CHANNEL_USER},
      {5, socket.HCI_CHANNEL_USER}},
    {"may be given by name", {device = 1, channel = 2}, {1, 2}},
  })

  fails(AF_BLUETOOTH, HCI, {
    {"a string", "00:00:00:00:00:00", "wrong format"},
    {"no elements", {}, "wrong format"},
    {"three elements", {1, 2, 3}, "wrong format"},
    {"text", {"1"}, "wrong format"},
  })

  turns_down(AF_BLUETOOTH, HCI, {
    {"a number beyond 16 bits", 65536, "device must be 0-65535, got 65536"},
  })

  it("are read as far as they reach", function()
    reads_no_further(pack("=c2I2I2", head(AF_BLUETOOTH), 0x0102, 0x0304), HCI)
    takes_any_length(AF_BLUETOOTH, HCI)
  end)
end)

describe_family("AF_BLUETOOTH, for BTPROTO_HCI on FreeBSD,", "SO_L2CAP_ENCRYPTED", function(AF_BLUETOOTH)
  local HCI <const> = socket.BTPROTO_HCI

  gives(AF_BLUETOOTH, HCI, {
    {"are the name of a node", "ubt0hci", "ubt0hci"},
    {"may fill the whole field", ("n"):rep(32), ("n"):rep(32)},
  })

  fails(AF_BLUETOOTH, HCI, {
    {"a number", 5, "wrong format"},
    {"a table", {"ubt0hci"}, "wrong format"},
  })

  turns_down(AF_BLUETOOTH, HCI, {
    {"zeros", "ubt0\0", "HCI address must not contain null characters"},
    {"a name too long", ("n"):rep(33), "node too long, got 33 bytes of at most 32"},
  })

  it("are read as far as they reach", function()
    reads_no_further(head(AF_BLUETOOTH) .. "ubt0hci", HCI)
    takes_any_length(AF_BLUETOOTH, HCI)
  end)
end)

describe_family("AF_BLUETOOTH, for BTPROTO_HCI on NetBSD,", "SO_HCI_EVT_FILTER", function(AF_BLUETOOTH)
  local HCI <const> = socket.BTPROTO_HCI

  gives(AF_BLUETOOTH, HCI, {{"are a device", "a:b:c:d:e:f", "0A:0B:0C:0D:0E:0F"}})

  fails(AF_BLUETOOTH, HCI, {
    {"a number", 5, "wrong format"},
    {"no device", "invalid", "bad bluetooth address"},
  })

  turns_down(AF_BLUETOOTH, HCI, {{"zeros", "\0", "HCI address must not contain null characters"}})

  it("are read as far as they reach", function()
    reads_no_further(head(AF_BLUETOOTH) .. "\6\5\4\3\2\1", HCI)
    takes_any_length(AF_BLUETOOTH, HCI)
  end)
end)

describe_family("AF_BLUETOOTH, for BTPROTO_SCO,", "BTPROTO_SCO", function(AF_BLUETOOTH)
  local SCO <const> = socket.BTPROTO_SCO
  local any <const> = "00:00:00:00:00:00"

  gives(AF_BLUETOOTH, SCO, {
    {"are a device", "a:b:c:d:e:f", "0A:0B:0C:0D:0E:0F"},
  })

  fails(AF_BLUETOOTH, SCO, {
    {"a table", {any}, "wrong format"},
    {"a number", 1, "wrong format"},
    {"no device", "invalid", "bad bluetooth address"},
  })

  turns_down(AF_BLUETOOTH, SCO, {
    {"zeros", any .. "\0", "SCO address must not contain null characters"},
  })

  it("are read as far as they reach", function()
    reads_no_further(head(AF_BLUETOOTH) .. "\6\5\4\3\2\1", SCO)
    takes_any_length(AF_BLUETOOTH, SCO)
  end)
end)

describe_family("AF_BLUETOOTH, for other protocols,", "BTPROTO_RFCOMM", function(AF_BLUETOOTH)
  fails(AF_BLUETOOTH, 99, {
    {"any address", {"00:00:00:00:00:00", 1}, "unknown Bluetooth protocol"},
  })

  it("are bytes", function()
    assert.same({AF_BLUETOOTH, "abc"}, push(head(AF_BLUETOOTH) .. "abc", 99))
  end)
end)

describe_family("AF_SYSTEM", "SYSPROTO_CONTROL", function(AF_SYSTEM)
  local CONTROL <const> = socket.SYSPROTO_CONTROL
  local utun <const> = "com.apple.net.utun_control"

  gives(AF_SYSTEM, CONTROL, {
    {"are an id and a unit", {3, 9}, {3, 9}},
    {"may be given by name", {id = 3, unit = 0xFFFFFFFF}, {3, 0xFFFFFFFF}},
    {"are unsigned", {-1, -2}, {0xFFFFFFFF, 0xFFFFFFFE}},
  })

  turns_down(AF_SYSTEM, CONTROL, {
    {"one element", {1}, "AF_SYSTEM address must be {id, unit}, got 1 element)"},
    {"a number", 1, "AF_SYSTEM address must be {id, unit}, got 1)"},
    {"a unit that is text", {1, "2"}, "unit must be an integer, got string '2'"},
    {"zeros in a name", utun .. "\0", "AF_SYSTEM address must not contain null characters"},
    {"a name too long", ("n"):rep(96), "AF_SYSTEM name too long, got 96 bytes of at most 95"},
  })

  it("may be the name of a kernel control, which chooses the unit", function()
    local address = roundtrip(AF_SYSTEM, CONTROL, utun)
    assert.is_true(address.id > 0)
    assert.equal(0, address.unit)
  end)

  it("raise ENOENT for a name that no control has", function()
    local err = fixture.raises(socket.FileNotFoundError, roundtrip, AF_SYSTEM, CONTROL, "org.example.none")
    assert.equal("org.example.none", err.address)
  end)

  it("say that they are of a control", function()
    assert.equal(pack("=BBI2I4I4", 32, AF_SYSTEM, 2, 3, 9) .. ("\0"):rep(20), core.address_bytes(AF_SYSTEM, CONTROL, {3, 9}))
  end)

  it("are bytes for another protocol", function()
    assert.same({AF_SYSTEM, "abc"}, push(head(AF_SYSTEM) .. "abc", socket.SYSPROTO_CONTROL + 7))
  end)

  it("are read as far as they reach", function()
    reads_no_further(head(AF_SYSTEM) .. pack("=I2I4I4", 2, 0x01020304, 0x05060708), CONTROL)
    takes_any_length(AF_SYSTEM, CONTROL)
  end)
end)

describe_family("AF_DIVERT", "AF_DIVERT", function(AF_DIVERT)
  gives(AF_DIVERT, 0, {{"are those of AF_INET", {"127.0.0.1", 8668}, {"127.0.0.1", 8668}}})

  it("have the family AF_INET, for the system", function()
    assert.equal(core.address_bytes(socket.AF_INET, 0, {"10.1.2.3", 80}), core.address_bytes(AF_DIVERT, 0, {"10.1.2.3", 80}))
  end)
end)

describe_family("AF_HYPERV", "HV_PROTOCOL_RAW", function(AF_HYPERV)
  local RAW <const> = socket.HV_PROTOCOL_RAW
  local zero <const>, loopback <const> = socket.HV_GUID_ZERO, socket.HV_GUID_LOOPBACK
  local machine <const>, service <const> = "01020304-0506-0708-090a-0b0c0d0e0f10", "a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90"
  local form <const> = "must be a GUID as in 00000000-0000-0000-0000-000000000000, got "
  local raw <const> = pack("<I2I2I4I2I2", AF_HYPERV, 0, 0x01020304, 0x0506, 0x0708) .. "\9\10\11\12\13\14\15\16" ..
    pack("<I4I2I2", 0xA1B2C3D4, 0xE5F6, 0x0718) .. "\x29\x3A\x4B\x5C\x6D\x7E\x8F\x90"

  gives(AF_HYPERV, RAW, {
    {"are a machine and a service", {machine, service}, {machine, service}},
    {"are in lower case", {loopback, service:upper()}, {loopback:lower(), service}},
    {"may be given by name", {vm_id = zero, service_id = service}, {zero, service}},
  })

  it("are what the system has", function()
    assert.equal(raw, core.address_bytes(AF_HYPERV, RAW, {machine, service}))
    assert.same({machine, service}, push(raw, RAW))
  end)

  it("answer by name", function()
    local address = push(raw, RAW)
    assert.equal(machine, address.vm_id)
    assert.equal(service, address.service_id)
  end)

  turns_down(AF_HYPERV, RAW, {
    {"a string", machine, "AF_HYPERV address must be {vm_id, service_id}, got '" .. machine},
    {"one element", {machine}, "AF_HYPERV address must be {vm_id, service_id}, got 1 element)"},
    {"a number", {machine, 5}, "service_id must be a string, got number)"},
    {"no GUID", {"machine", service}, "vm_id " .. form .. "'machine')"},
    {"a GUID in braces", {zero, "{" .. service .. "}"}, "service_id " .. form},
    {"a digit too few", {machine:sub(2), service}, "vm_id " .. form},
    {"a digit too many", {machine .. "0", service}, "vm_id " .. form},
    {"a letter that is no digit", {(machine:gsub("a", "g")), service}, "vm_id " .. form},
    {"a hyphen at another place", {machine, "a1b2c3d-4e5f6-0718-293a-4b5c6d7e8f90"}, "service_id " .. form},
    {"zeros", {machine .. "\0", service}, "vm_id must not contain null characters)"},
  })

  fails(AF_HYPERV, 0, {{"another protocol", {machine, service}, "unsupported AF_HYPERV protocol: 0"}})

  it("are read as far as they reach", function()
    reads_no_further(raw, RAW)
    takes_any_length(AF_HYPERV, RAW)
  end)
end)

describe("the length that an address has in itself", function()
  if not SAYS_LENGTH then return pending("this system's addresses have none") end
  local AF_INET <const>, AF_INET6 <const>, AF_UNIX <const> = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX
  local LINK <const> = socket.AF_LINK or 18

  local function length(family, value, proto) return core.address_bytes(family, proto or 0, value):byte() end

  it("is set", function()
    assert.equal(16, length(AF_INET, {"127.0.0.1", 80}))
    assert.equal(28, length(AF_INET6, {"::1", 80}))
    assert.equal(2 + 4 + 1, length(AF_UNIX, "/tmp"))
    assert.equal(2 + 3, length(199, {199, "abc"}))
  end)

  it("is set for every family that there is", function()
    for family, address in pairs({
      AF_NETLINK = {1, 2}, AF_PACKET = {interface.name, 0}, AF_VSOCK = {1, 2}, AF_QIPCRTR = {1, 2}, AF_ALG = {"hash", "sha1"},
      AF_DIVERT = {"127.0.0.1", 80},
    }) do
      local bytes = socket[family] and core.address_bytes(socket[family], 0, address)
      if bytes then assert.equal(#bytes, bytes:byte()) end
    end
    for proto, address in pairs({
      BTPROTO_L2CAP = {"00:00:00:00:00:00", 1}, BTPROTO_RFCOMM = {"00:00:00:00:00:00", 1}, BTPROTO_SCO = "00:00:00:00:00:00",
    }) do
      local bytes = socket[proto] and core.address_bytes(socket.AF_BLUETOOTH, socket[proto], address)
      if bytes then assert.equal(#bytes, bytes:byte()) end
    end
  end)

  it("is believed where the system's call has told a greater one", function()
    assert.equal("abc", push(string.char(5, AF_UNIX) .. "abcrubbish", 0))
    assert.same({"127.0.0.0", 80}, push(string.char(7, AF_INET) .. pack(">I2BBBB", 80, 127, 0, 0, 1), 0))
    assert.same({199, "ab"}, push(string.char(4, 199) .. "abrubbish", 0))
    assert.is_nil(push(string.char(1, AF_INET) .. ("\0"):rep(14), 0))
  end)

  it("is not believed where it is 0, or greater than what there is", function()
    assert.equal("abc", push(string.char(0, AF_UNIX) .. "abc", 0))
    assert.equal("abc", push(string.char(106, AF_UNIX) .. "abc", 0))
  end)

  it("ends an address of an interface (AF_LINK), which is a family and bytes, as in Python", function()
    local link = pack("=I2BBBB", 4, 6, 3, 6, 0) .. "en0" .. "\1\2\3\4\5\6" -- index, type and lengths, name, hardware's address
    local address = push(string.char(2 + #link, LINK) .. link .. "rubbish", 0)
    assert.same({LINK, link}, address)
    assert.equal(string.char(2 + #link, LINK) .. link, core.address_bytes(LINK, 0, address))
  end)
end)

describe("an address that is wrong", function()
  it("is no reason for protect to raise", function()
    fixture.need_ipv6()
    local s = fixture.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    local ok, err = socket.protect(s.bind)(s, {"<broadcast>", 0})
    assert.is_nil(ok)
    assert.is_true(socket.isinstance(err, socket.OSError))
  end)
end)

describe("an address table", function()
  it("may say itself how long it is", function()
    local proxy = setmetatable({}, {
      __len = function() return 2 end,
      __index = function(_, i) return ({"127.0.0.1", 80})[i] end,
    })
    local long = setmetatable({}, {__len = function() return 3 end})
    assert.same({"127.0.0.1", 80}, roundtrip(socket.AF_INET, 0, proxy))
    fixture.refuses("got 3 elements", roundtrip, socket.AF_INET, 0, long)
  end)

  it("may compute its elements, which stay alive while they are needed", function()
    local lazy = setmetatable({}, {
      __index = function(_, key)
        collectgarbage()
        if key == "host" then return table.concat({"127", "0", "0", "1"}, ".") end
        return key == "port" and 80 or nil
      end,
    })
    assert.same({"127.0.0.1", 80}, roundtrip(socket.AF_INET, 0, lazy))
  end)
end)
