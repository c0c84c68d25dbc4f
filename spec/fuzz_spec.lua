-- What the fuzzers begin with, and what they have found, is given to the same targets again. They run in `./dev torture`.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local tls = require "spec.tls"

local SANITIZED <const> = (os.getenv("LD_PRELOAD") or ""):find("san")

-- `words` come before the program: for env.
local function replay(target, libraries, words)
  if os.getenv("PYSOCKET_COVER") then fixture.lacking("what counts lines is not linked here") end
  local core = assert(package.searchpath("pysocket.core", package.cpath))
  local library = core:gsub("core%.so$", "libpysocket.a")
  local flags = ([[-DREPLAY -DTARGET='"%s"' -Isrc %s %s %s]]):format(
    target,
    SANITIZED and "-fsanitize=address,undefined" or "",
    (libraries or ""):gsub("FOLDER", fixture.quote(library:match("^(.*)/"))),
    fixture.quote(library)
  )
  if libraries then flags = flags .. " -lssl -lcrypto" end
  local program = fixture.compiled("torture/fuzz/fuzz.c", {flags = flags, lua = true})
  local pipe <close> = assert(io.popen("ls torture/seeds/" .. target))
  local command = words or {}
  command[#command + 1] = program
  command.preload = true
  local first <const> = #command
  for name in pipe:lines() do command[#command + 1] = ("torture/seeds/%s/%s"):format(target, name) end
  local child = fixture.command(command)
  assert.equal(("%d inputs\n"):format(#command - first), child:rest())
  assert.equal("", child:errors())
  assert.equal(0, child:wait())
end

describe("what fuzzers found", function()
  teardown(certificates.remove)

  it("does no harm to the codecs of addresses", function() replay("address") end)
  it("does no harm to the parser of ancillary data", function() replay("ancillary") end)
  it("does no harm to bytearrays", function() replay("bytes") end)
  it("does no harm to connections over TLS", function()
    tls.need()
    local words = {"env", "TLS_FOLDER=" .. certificates.folder()}
    replay("tls", "-DTLS FOLDER/libpysocket-ssl.a", words)
  end)
  it("does no harm to the module, called in every order", function() replay("calls") end)
end)
