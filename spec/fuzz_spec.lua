-- What the fuzzers begin with, and what they have found, is given to the same targets again. They run in `./dev torture`.

local fixture = require "spec.fixture"

local SANITIZED <const> = (os.getenv("LD_PRELOAD") or ""):find("san")

local function replay(target)
  if os.getenv("PYSOCKET_COVER") then fixture.lacking("what counts lines is not linked here") end
  local core = assert(package.searchpath("pysocket.core", package.cpath))
  local library = core:gsub("core%.so$", "libpysocket.a")
  local flags = ([[-DREPLAY -DTARGET='"%s"' -Isrc %s %s]]):format(
    target,
    SANITIZED and "-fsanitize=address,undefined" or "",
    fixture.quote(library)
  )
  local program = fixture.compiled("torture/fuzz/fuzz.c", {flags = flags, lua = true})
  local pipe <close> = assert(io.popen("ls torture/seeds/" .. target))
  local command = {program, preload = true}
  for name in pipe:lines() do command[#command + 1] = ("torture/seeds/%s/%s"):format(target, name) end
  local child = fixture.command(command)
  assert.equal(("%d inputs\n"):format(#command - 1), child:rest())
  assert.equal("", child:errors())
  assert.equal(0, child:wait())
end

describe("what fuzzers found", function()
  it("does no harm to the codecs of addresses", function() replay("address") end)
  it("does no harm to the parser of ancillary data", function() replay("ancillary") end)
  it("does no harm to bytearrays", function() replay("bytes") end)
  it("does no harm to the module, called in every order", function() replay("calls") end)
end)
