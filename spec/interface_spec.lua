local fixture = require "spec.fixture"
local socket = require "pysocket"

local refuses <const> = fixture.refuses

describe("if_nameindex", function()
  it("gives pairs of an index and a name", function()
    local list = socket.if_nameindex()
    assert.is_true(#list > 0)
    assert.equal(2, #list[1])
    assert.equal("integer", math.type(list[1][1]))
    assert.equal("string", type(list[1][2]))
  end)

  it("gives them by name too", function()
    local first = socket.if_nameindex()[1]
    assert.equal(first[1], first.index)
    assert.equal(first[2], first.name)
  end)

  it("gives a new list at each call", function()
    local list = socket.if_nameindex()
    list[1][2] = "changed"
    assert.are_not.equal("changed", socket.if_nameindex()[1][2])
  end)
end)

describe("an interface", function()
  for _, pair in ipairs(socket.if_nameindex()) do
    it(pair.name .. " is found by its name and by its index", function()
      assert.equal(pair.index, socket.if_nametoindex(pair.name))
      assert.equal(pair.name, socket.if_indextoname(pair.index))
    end)
  end
end)

describe("if_nametoindex", function()
  for _, name in ipairs({"no such if", "", ("x"):rep(200)}) do
    it("raises an OSError with an errno for an unknown name of " .. #name .. " bytes", function()
      local err = fixture.raises(socket.OSError, socket.if_nametoindex, name)
      assert.equal("integer", math.type(err.errno))
      assert.equal("if_nametoindex", err.call)
    end)
  end

  it("refuses what is no name", function()
    refuses("bad argument #1 to 'if_nametoindex' (if_name must be a string, got number)",
      socket.if_nametoindex, 1)
    refuses("bad argument #1 to 'if_nametoindex' (if_name must be a string, got nil)",
      socket.if_nametoindex, nil)
  end)
end)

describe("if_indextoname", function()
  for _, index in ipairs({0, 0x7FFFFFFF, 0xFFFFFFFF}) do
    it("raises ENXIO for index " .. index .. ", which none has", function()
      local err = fixture.raises(socket.OSError, socket.if_indextoname, index)
      assert.equal("ENXIO", err.name)
      assert.equal("if_indextoname", err.call)
    end)
  end

  it("refuses an index that no interface can have", function()
    refuses("bad argument #1 to 'if_indextoname' (if_index must be 0-4294967295, got -1)",
      socket.if_indextoname, -1)
    refuses("bad argument #1 to 'if_indextoname' (if_index must be 0-4294967295, got 4294967296)",
      socket.if_indextoname, 1 << 32)
  end)

  it("refuses what is no index", function()
    refuses("bad argument #1 to 'if_indextoname' (if_index must be an integer, got string)",
      socket.if_indextoname, "1")
    refuses("bad argument #1 to 'if_indextoname' (if_index must be an integer, got nil)",
      socket.if_indextoname, nil)
  end)
end)
