local fixture = require "spec.fixture"
local loop = require "pysocket.loop"

local function new() return fixture.keep(loop.new()) end

describe("loop:step with a time to wait", function()
  it("runs what there is to do until then, and not longer than there are tasks", function()
    local l = new()
    local count = 0
    l:spawn(function()
      for _ = 1, 3 do
        loop.sleep(0.002)
        count = count + 1
      end
    end)
    local start = fixture.monotonic()
    local frame = 0.05 * fixture.SLOWNESS
    assert.is_false(l:step(nil, frame))
    assert.equal(3, count)
    assert.is_true(fixture.monotonic() - start >= frame) -- the next one
  end)

  it("resumes no task after the budget is used up", function()
    local l = new()
    local turns = 0
    local start = fixture.monotonic()
    l:spawn(function()
      repeat
        loop.sleep(0)
        turns = turns + 1
      until fixture.monotonic() - start > 30
    end)
    assert.is_true(l:step(0.005, 0.05))
    assert.is_true(fixture.monotonic() - start >= 0.05)
    local before = turns
    assert.is_true(l:step(0, 0.005))
    assert.equal(before + 1, turns) -- a step is one turn at least
  end)

  it("takes what comes from a descriptor meanwhile", function()
    local l = new()
    local a, b = fixture.pair()
    local got
    l:spawn(function() got = a:recv(1) end)
    l:spawn(function()
      loop.sleep(0.002)
      b:send("x")
    end)
    l:step(1, 1)
    assert.equal("x", got)
  end)

  it("returns early where the loop is stopped or closed", function()
    local l = new()
    l:spawn(l.stop, l)
    local start = fixture.monotonic()
    l:step(nil, 60)
    l:spawn(l.close, l)
    assert.is_false(l:step(nil, 60))
    assert.is_false(l:step(nil, 60))
    assert.is_true(fixture.monotonic() - start < 60)
  end)

  it("raises the error of a task, and reports it where there is an onerror", function()
    local l = new()
    l:spawn(error, "oh", 0)
    assert.same({ false, "oh" }, { pcall(l.step, l, nil, 60), select(2, pcall(error, "oh", 0)) })
    local reported
    l.onerror = function(_, err) reported = err end
    l:spawn(error, "again", 0)
    l:step(nil, 0.001)
    assert.equal("again", reported)
  end)

  it("lets the other tasks run in a task of another loop", function()
    local inner = new()
    local log = {}
    local a, b = fixture.pair()
    inner:spawn(function()
      a:recv(1)
      table.insert(log, "inner")
    end)
    loop.run(function()
      loop.spawn(function()
        loop.sleep(0.001)
        table.insert(log, "outer")
        b:send("x")
      end)
      inner:step(nil, 0.03 * fixture.SLOWNESS)
    end)
    assert.same({ "outer", "inner" }, log)
  end)
end)
