-- Finalizers that use a loop: the collector may run in any allocation of the loop's own work.

local fixture = require "spec.fixture"

local function output_of(case) return fixture.child("finalizers", case):succeed() end

describe("a finalizer", function()
  for _, method in ipairs({"close", "step", "run"}) do
    it("may call " .. method .. " of a loop that is garbage", function() assert.equal("true\n", output_of(method)) end)
  end

  it("may spawn a task while another is spawned", function() assert.equal("17\n", output_of("spawn")) end)

  it("may spawn a hundred tasks meanwhile", function() assert.equal("117\n", output_of("many")) end)

  it("may wait while the loop makes records of descriptors", function() assert.equal("hello\n", output_of("wait")) end)

  it("that waits while a task is cancelled does not keep the cancel from the task", function()
    assert.equal("false\n", output_of("cancel"))
  end)

  it("may close the loop that sleeps", function() assert.equal("returned\n", output_of("sleep")) end)
end)
