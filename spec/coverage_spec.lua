-- tools/coverage.lua, which compares what is here with Python's interface and with the doc comments.

local fixture = require "spec.fixture"

describe("the interface", function()
  it("has all of Python's that the system has, and is documented", function()
    fixture.need_command("cc")
    local child = fixture.program("tools/coverage.lua")
    local report = child:rest()
    assert.equal("", child:errors())
    assert.equal(0, child:wait(), report)
    assert.matches(" 0 missing; ", report, 1, true)
  end)

  it("of ssl has all of Python's that OpenSSL has, with its values, and is documented", function()
    require("spec.tls").need()
    fixture.need_posix("the tool lists the sources by find and sort")
    local child = fixture.program("tools/coverage_ssl.lua")
    local report = child:rest()
    assert.equal("", child:errors())
    assert.equal(0, child:wait(), report)
    assert.matches(" 0 missing\n", report, 1, true)
  end)
end)
