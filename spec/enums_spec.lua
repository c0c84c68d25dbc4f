-- Enumerations: constants by name, names by number.

local socket = require "pysocket"

describe("an enumeration", function()
  it("finds a constant by its name, and the name by its number", function()
    assert.equal(socket.AF_INET6, socket.AddressFamily.AF_INET6)
    assert.equal("AF_INET6", socket.AddressFamily[socket.AF_INET6])
    assert.equal("SOCK_DGRAM", socket.SocketKind[socket.SOCK_DGRAM])
    assert.equal("MSG_PEEK", socket.MsgFlag[socket.MSG_PEEK])
    assert.equal("AI_PASSIVE", socket.AddressInfo[socket.AI_PASSIVE])
  end)

  it("has nothing else", function()
    assert.is_nil(socket.SocketKind.AF_INET)
    assert.is_nil(socket.SocketKind[-1])
  end)

  it("is listed by pairs before anybody looked into it", function()
    local enum = dofile("lua/pysocket/enums.lua").SocketKind
    local names = {}
    for name, value in pairs(enum) do names[name] = value end
    assert.equal(socket.SOCK_STREAM, names.SOCK_STREAM)
    assert.equal("SOCK_STREAM", names[socket.SOCK_STREAM])
  end)
end)
