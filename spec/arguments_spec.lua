-- Whatever a function or a method is given: it answers, or says what is wrong. A child does it, so that a crash is a failure.

local fixture = require "spec.fixture"

local function assert_clear(class)
  local child = fixture.child("arguments", class)
  local output = child:rest()
  assert.equal("", child:errors())
  assert.matches("^%d+ calls, 0 complaints\n$", output)
  assert.equal(0, child:wait())
end

for _, class in ipairs({
  "module", "socket", "bytearray", "file", "raw", "select", "poll", "epoll", "selectors", "loop", "Loop", "task", "condition",
  "event", "group", "lock", "queue", "semaphore", "server",
}) do
  describe("wrong arguments for each function of " .. class, function()
    it("are refused by an error that names function and argument, and leave no descriptor", function()
      assert_clear(class)
    end)
  end)
end
