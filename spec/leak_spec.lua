-- Calls that fail leave nothing behind.

local fixture = require "spec.fixture"

local LUA_SLACK <const> = 2 -- KiB
-- A sanitizer's allocator keeps what is freed, and looks for leaks itself.
local SANITIZED <const> = (os.getenv("LD_PRELOAD") or ""):find("san")
local UNKNOWN <const> = package.config:sub(1, 1) ~= "/" -- Windows does not tell it, and Wine counts its own memory, too
local SLACK <const> = (SANITIZED or UNKNOWN) and math.huge or 16 -- KiB; without a leak it is less than 4

local function assert_clean(child)
  local before, after, heap, process = child.output:read("n", "n", "n", "n")
  assert.equal("", child:errors())
  assert.equal(before, after)
  assert.is_true(heap < LUA_SLACK, ("Lua's memory grew by %s KiB"):format(heap))
  assert.is_true(process < SLACK, ("the process grew by %s KiB"):format(process))
  assert.equal(0, child:wait())
end

-- On a slow machine it is done less often: a leak shows there, too.
local LESS <const> = fixture.SLOWNESS > 1 and 10 or 1

local cases = {
  "a refused connect",
  "a refused connect of a forgotten socket",
  "a refused create_connection",
  "a refused create_connection with all errors",
  "a bind to a taken port",
  "a create_server on a taken port",
  "a create_server with an unknown option",
  "an address without a port",
  "an address with a bad host",
  "a literal that is none",
  "an unknown service",
  "a receive that would block",
  "a large receive that would block",
  "a send to a peer that is gone",
  "a file that sends to a peer that is gone",
  "sending a bad descriptor",
  "a message with bad ancillary data",
  "a family that does not exist",
  "a descriptor that is not open",
  "a duplicate of a closed socket",
  "a name of a closed socket",
  "an unknown option",
  "a buffer of negative size",
}

-- Each takes a millisecond, poll's unit.
local late = {
  "a receive that times out",
  "a receive into a buffer that times out",
  "a receive of a message that times out",
  "an accept that times out",
  "a line that times out",
}

describe("ten thousand times", function()
  for _, case in ipairs(cases) do
    it(case .. " leaves nothing behind", function()
      if case == "sending a bad descriptor" then fixture.need_constant("SCM_RIGHTS") end
      assert_clean(fixture.child("leak", case, 10000 // LESS))
    end)
  end
end)

describe("two thousand times", function()
  for _, case in ipairs(late) do
    it(case .. " leaves nothing behind", function()
      assert_clean(fixture.child("leak", case, 2000 // LESS))
    end)
  end

  it("a name that does not exist leaves nothing behind", function()
    local network = fixture.network({dns = true})
    assert_clean(network:child("leak", "a name that does not exist", 2000))
  end)
end)
