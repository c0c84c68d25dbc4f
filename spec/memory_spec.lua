-- Memory that runs out: a host's allocator fails at one request after the other. The long form is `./dev torture`.

local fixture = require "spec.fixture"

local function assert_survived(...)
  local host = fixture.compiled("torture/host.c", {lua = true})
  local child = fixture.command({host, preload = true, ...})
  local output = child:rest()
  assert.equal("", child:errors())
  assert.equal(0, child:wait(), output)
  return output
end

describe("a host whose memory runs out", function()
  it("loses no memory, descriptor or thread, and the next call works", function()
    local output = assert_survived("starve", "5")
    local failed = tonumber(output:match("^(%d+) allocations failed"))
    assert.is_true(failed > 1000, output)
  end)

  it("ends the tasks of a group and their block, whichever allocation fails", function()
    local output = assert_survived("starve", "1", "groups", "queues", "exchange")
    local failed = tonumber(output:match("^(%d+) allocations failed"))
    assert.is_true(failed > 1000, output)
  end)

  it("ends the connection of a server that has no memory, and not the server", function()
    local output = assert_survived("starve", "1", "connections")
    local failed = tonumber(output:match("^(%d+) allocations failed"))
    assert.is_true(failed > 1000, output)
  end)

  it("can open the library when there is memory again", function()
    local output = assert_survived("open", "31")
    local failed = tonumber(output:match("^(%d+) allocations failed"))
    assert.is_true(failed > 200, output)
  end)
end)

describe("lua_close in the midst of waits and lookups", function()
  it("leaves nothing", function()
    assert_survived("close", "12")
  end)
end)

describe("several states in as many threads", function()
  it("do not meet", function()
    assert_survived("states", "4", "1")
  end)
end)
