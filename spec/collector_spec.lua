-- The collector may come at any time, and takes what is dropped in any order. The long form is `./dev torture`.

local fixture = require "spec.fixture"

local function assert_clean(...)
  local child = fixture.child("collector", ...)
  local descriptors, heap = child.output:read("n", "n")
  assert.equal("", child:errors())
  assert.equal(0, descriptors)
  assert.is_true(heap < 64, ("Lua's memory grew by %s KiB"):format(heap))
  assert.equal(0, child:wait())
end

describe("a collector", function()
  for mode, what in pairs({
    aggressive = "that is at work at every allocation",
    generational = "of generations",
    full = "that collects everything after a few instructions",
  }) do
    it(what .. " changes nothing", function()
      assert_clean(mode)
    end)
  end

  it("takes sockets, files, iterators, views, sets and loops in every order", function()
    assert_clean("drop")
  end)
end)
