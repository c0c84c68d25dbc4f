-- Pairs of sockets where the system makes none: both ends of a connection over loopback, which a stranger might be quicker to make.

local fixture = require "spec.fixture"
local machine = require "spec.machine"
local socket = require "pysocket"

local stranger <const> = machine.compiled("stranger", "stranger")

describe("socketpair on Windows", function()
  if not stranger then return pending("other systems make pairs themselves") end

  local function pair(family)
    stranger(true)
    local a, b = socket.protect(socket.socketpair)(family)
    local turned_away = stranger(false)
    return fixture.keep(a), fixture.keep(b), turned_away
  end

  for _, family in ipairs({"AF_INET", "AF_INET6"}) do
    it("turns away who connects first, of " .. family, function()
      local a, b, turned_away = pair(socket[family])
      assert.equal(1, turned_away)
      assert.equal(a:getsockname(), b:getpeername())
      a:sendall("to the right one")
      assert.equal("to the right one", b:recv(100))
    end)
  end

  it("has no pairs of other families, nor of datagrams", function()
    fixture.raises(socket.OSError, socket.socketpair, socket.AF_UNIX)
    fixture.raises(socket.OSError, socket.socketpair, socket.AF_INET, socket.SOCK_DGRAM)
  end)
end)
