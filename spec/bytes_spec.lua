local fixture = require "spec.fixture"
local socket = require "pysocket"
local bytearray = socket.bytearray

local refuses <const> = fixture.refuses

local function get(b, i) return b[i] end
local function put(b, i, v) b[i] = v end

describe("a new bytearray", function()
  it("has as many zeros as it is told", function()
    assert.equal("\0\0\0\0", tostring(bytearray(4)))
  end)

  it("may be empty", function()
    assert.equal("", tostring(bytearray(0)))
    assert.equal("", tostring(bytearray("")))
  end)

  it("has the bytes of a string, zeros too", function()
    assert.equal("a\0\255", tostring(bytearray("a\0\255")))
  end)

  it("copies another bytearray, or a view", function()
    local b = bytearray("abcd")
    local whole, part = bytearray(b), bytearray(b:view(2, 3))
    b[2] = 0
    assert.equal("abcd", tostring(whole))
    assert.equal("bc", tostring(part))
  end)

  it("takes a float that is whole", function()
    assert.equal(3, #bytearray(3.0))
  end)

  for title, source in pairs({table = {}, boolean = true, ["function"] = print}) do
    it("is not made from a " .. title, function()
      refuses("(source must be an integer, string or bytearray, got " .. title, bytearray, source)
    end)
  end

  it("is not made from nothing", function()
    refuses("bad argument #1 to 'bytearray' (source must be", bytearray, nil)
    refuses("(source must be an integer, string or bytearray, got no value)", bytearray)
  end)

  it("is not made from another userdata", function()
    refuses("(source must be an integer, string or bytearray, got FILE*)", bytearray, io.stdout)
  end)

  it("has a size that is an integer, and not negative", function()
    refuses("bad argument #1 to 'bytearray' (source must be 0-", bytearray, -1)
    refuses("bad argument #1 to 'bytearray' (source must be 0-", bytearray, math.maxinteger)
    refuses("bad argument #1 to 'bytearray' (source must be an integer, got 1.5)", bytearray, 1.5)
  end)
end)

describe("a byte", function()
  it("is an integer, counted from 1", function()
    local b = bytearray("A\0\255")
    assert.equal(65, b[1])
    assert.equal(0, b[2])
    assert.equal(255, b[3])
    assert.equal("integer", math.type(b[1]))
  end)

  it("can be set", function()
    local b = bytearray(3)
    b[1], b[2], b[3] = 255, 0, 65
    assert.equal("\255\0A", tostring(b))
  end)

  it("is found by a float that is whole, as in a table", function()
    local b = bytearray("xy")
    b[1.0] = 65
    assert.equal(65, b[1])
    assert.equal(121, b[2.0])
  end)

  for _, i in ipairs({0, -1, 4, math.maxinteger, math.mininteger}) do
    it("is not read or set at index " .. i .. " of 3", function()
      refuses("(index must be 1-3, got " .. i .. ")", get, bytearray(3), i)
      refuses("(index must be 1-3, got " .. i .. ")", put, bytearray(3), i, 0)
    end)
  end

  it("is not in an empty bytearray", function()
    refuses("index must be", get, bytearray(0), 1)
    refuses("index must be", put, bytearray(0), 1, 0)
  end)

  it("is not set by another key", function()
    refuses("index must be an integer, got string", put, bytearray(3), "x", 0)
    refuses("index must be an integer, got 1.5", put, bytearray(3), 1.5, 0)
    refuses("index must be an integer, got 1.5", get, bytearray(3), 1.5)
  end)

  for _, value in ipairs({-1, 256}) do
    it("cannot be " .. value, function()
      refuses("(byte must be 0-255, got " .. value .. ")", put, bytearray(3), 1, value)
    end)
  end

  for title, value in pairs({["1.5"] = 1.5, string = "a", boolean = true}) do
    it("cannot be " .. title, function()
      refuses("(byte must be an integer, got " .. title .. ")", put, bytearray(3), 1, value)
    end)
  end
end)

describe("a bytearray", function()
  it("has a length", function()
    assert.equal(5, #bytearray("hello"))
  end)

  it("says nil for a field that it has not", function()
    assert.is_nil(bytearray(1).no_such_field)
    assert.is_nil(get(bytearray(1), nil))
    assert.is_nil(get(bytearray(1), {}))
  end)

  it("is equal to another one with the same bytes", function()
    assert.is_true(bytearray("abc") == bytearray("abc"))
    assert.is_true(bytearray("xabcx"):view(2, 4) == bytearray("abc"))
    assert.is_true(bytearray(0) == bytearray(""))
  end)

  it("is not equal to one with other bytes, nor to anything else", function()
    assert.is_false(bytearray("abc") == bytearray("abd"))
    assert.is_false(bytearray("abc") == bytearray("abcd"))
    assert.is_false(bytearray("abc") == "abc")
    assert.is_false(bytearray("abc") == io.stdout)
    assert.is_false(io.stdout == bytearray("abc"))
  end)

  it("has methods that refuse another self", function()
    local b = bytearray(1)
    refuses("calling 'sub' on bad self (bytearray expected, got string)", b.sub, "x", 1)
    refuses("calling 'view' on bad self (bytearray expected, got table)", b.view, {}, 1)
    refuses("calling 'set' on bad self (bytearray expected, got FILE*)", b.set, io.stdout, 1, "")
  end)
end)

-- i, j, what string.sub(TEXT, i, j) gives
local TEXT <const> = "abcdef"
local ranges = {
  {}, {1}, {2}, {6}, {7}, {0}, {-1}, {-3}, {-100}, {100},
  {2, 4}, {4, 2}, {1, 100}, {1, 0}, {-4, -2}, {-2, -4}, {1, -100}, {3, 3}, {nil, 3},
  {math.mininteger, math.maxinteger},
  {math.maxinteger, math.mininteger}, {math.mininteger, math.mininteger}, {2.0, 3.0},
}

for _, range in ipairs(ranges) do
  local i, j = range[1], range[2]
  local expected = TEXT:sub(i or 1, j or -1)

  describe(("the range %s, %s"):format(i, j), function()
    it("of sub is that of string.sub", function()
      assert.equal(expected, bytearray(TEXT):sub(i, j))
      assert.equal(expected, bytearray("--" .. TEXT .. "--"):view(3, 8):sub(i, j))
    end)

    it("of view is that of string.sub", function()
      assert.equal(expected, tostring(bytearray(TEXT):view(i, j)))
      assert.equal(expected, tostring(bytearray("--" .. TEXT .. "--"):view(3, 8):view(i, j)))
    end)
  end)
end

describe("the range of an empty bytearray", function()
  it("is empty", function()
    assert.equal("", bytearray(0):sub(1, 1))
    assert.equal("", bytearray(0):sub(-1, -1))
    assert.equal(0, #bytearray(0):view(1, 1))
  end)
end)

describe("a range", function()
  it("has integers", function()
    local b = bytearray(4)
    refuses("bad argument #1 to 'sub' (i must be an integer, got string)", b.sub, b, "1")
    refuses("bad argument #2 to 'sub' (j must be an integer, got 1.5)", b.sub, b, 1, 1.5)
    refuses("bad argument #1 to 'view' (i must be an integer, got table)", b.view, b, {})
    refuses("bad argument #2 to 'view' (j must be an integer, got string)", b.view, b, 1, "2")
  end)
end)

describe("a view", function()
  it("shares the bytes, in both directions", function()
    local b = bytearray("abcdef")
    local v = b:view(3, 4)
    v[1] = 67
    b[4] = 68
    assert.equal("abCDef", tostring(b))
    assert.equal("CD", tostring(v))
    assert.equal(2, #v)
  end)

  it("of a view shares them too", function()
    local b = bytearray("abcdef")
    b:view(2, 5):view(2, 3):set(1, "XY")
    assert.equal("abXYef", tostring(b))
  end)

  it("does not reach beyond its range", function()
    local v = bytearray("abcdef"):view(3, 4)
    refuses("index must be 1-2, got 3", get, v, 3)
    refuses("index must be 1-2, got 0", put, v, 0, 1)
    refuses("data too long", v.set, v, 1, "xyz")
  end)

  it("keeps the bytes alive", function()
    local v = bytearray(("x"):rep(100000)):view(2):view(2)
    collectgarbage()
    collectgarbage()
    assert.equal(("x"):rep(99998), tostring(v))
  end)

  it("does not keep the views between them alive", function()
    local between = setmetatable({}, {__mode = "k"})
    local b = bytearray("abc")
    local v = b:view()
    between[v] = true
    v = v:view(2)
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(between))
    assert.equal("bc", tostring(v))
  end)
end)

describe("set", function()
  local cases = {{1, "XY", "XYcd"}, {3, "XY", "abXY"}, {1, "WXYZ", "WXYZ"}, {5, "", "abcd"}}
  for _, case in ipairs(cases) do
    it(("copies %q to position %d"):format(case[2], case[1]), function()
      local b = bytearray("abcd")
      b:set(case[1], case[2])
      assert.equal(case[3], tostring(b))
    end)
  end

  it("copies a bytearray", function()
    local b = bytearray("abcd")
    b:set(2, bytearray("X\0"))
    assert.equal("aX\0d", tostring(b))
  end)

  it("copies between ranges that overlap, in both directions", function()
    local up, down = bytearray("abcdef"), bytearray("abcdef")
    up:set(3, up:view(1, 4))
    down:set(1, down:view(3, 6))
    assert.equal("ababcd", tostring(up))
    assert.equal("cdefef", tostring(down))
  end)

  it("refuses data that does not fit, and changes nothing", function()
    local b = bytearray("abcd")
    refuses("bad argument #2 to 'set' (data too long: 3 bytes for 2)", b.set, b, 3, "xyz")
    refuses("bad argument #2 to 'set' (data too long: 1 bytes for 0)", b.set, b, 5, "x")
    assert.equal("abcd", tostring(b))
  end)

  for _, i in ipairs({0, -1, 6, math.mininteger, math.maxinteger}) do
    it("refuses position " .. i .. " of 4", function()
      local b = bytearray("abcd")
      refuses("bad argument #1 to 'set' (i must be 1-5, got " .. i .. ")", b.set, b, i, "")
    end)
  end

  it("refuses what is no data", function()
    local b = bytearray("abcd")
    refuses("bad argument #2 to 'set' (data must be a string or bytearray, got number)",
      b.set, b, 1, 5)
    refuses("bad argument #2 to 'set' (data must be a string or bytearray, got no value)",
      b.set, b, 1)
  end)
end)

describe("a call that takes a buffer", function()
  it("sends a bytearray, and a view", function()
    local a, b = fixture.pair()
    a:sendall(bytearray("ab\0c"))
    a:sendall(bytearray("xdefx"):view(2, 4))
    assert.equal("ab\0cdef", b:recv(100))
  end)

  it("fills a bytearray, and a view alone", function()
    local a, b = fixture.pair()
    local buffer = bytearray("------")
    a:sendall("abc")
    assert.equal(2, b:recv_into(buffer:view(2, 3)))
    assert.equal("-ab---", tostring(buffer))
  end)

  it("refuses numbers as data, and strings as a buffer to fill", function()
    local a, b = fixture.pair()
    refuses("bad argument #1 to 'send' (data must be a string or bytearray, got number)",
      a.send, a, 1)
    refuses("bad argument #1 to 'recv_into' (buffer must be a bytearray, got string)",
      b.recv_into, b, "abc")
  end)
end)
