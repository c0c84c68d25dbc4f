-- Calls that fail leave nothing behind.

local fixture = require "spec.fixture"

local TIMES <const> = 4000 -- some 100 000 in all
local LUA_SLACK <const> = 4 -- KiB
local SLACK <const> = 128 -- KiB: a leak of 40 bytes a call is more

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
  "a receive that times out",
  "a receive into a buffer that times out",
  "a receive of a message that times out",
  "an accept that times out",
  "a receive that would block",
  "a large receive that would block",
  "a line that times out",
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

-- A sanitizer's allocator keeps what is freed, and looks for leaks itself.
local function resident_limit()
  return (os.getenv("LD_PRELOAD") or ""):find("san") and math.huge or SLACK
end

describe("thousands of failing calls leave nothing behind:", function()
  for _, case in ipairs(cases) do
    it(case, function()
      local child = fixture.child("leak", case, TIMES)
      local before, after, heap, resident = child.output:read("n", "n", "n", "n")
      assert.equal("", child:errors())
      assert.equal(before, after)
      assert.is_true(heap < LUA_SLACK, ("Lua's memory grew by %s KiB"):format(heap))
      assert.is_true(resident < resident_limit(), ("the process grew by %s KiB"):format(resident))
      assert.equal(0, child:wait())
    end)
  end
end)
