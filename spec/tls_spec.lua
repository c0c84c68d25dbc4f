-- examples/tls.lua and examples/https_get.lua: our sockets under the TLS of other libraries, against
-- openssl's server and an authority of our own.

local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local tls = dofile("examples/tls.lua")

local NEEDS <const> = {
  sec = {"ssl"},
  ossl = {"openssl.ssl", "cqueues.socket"},
}

-- How the end of TLS is told.
local END <const> = {sec = "goodbye", ossl = "silence"}

local PAGE <const> = ("0123456789abcdef"):rep(20000)

local quote = fixture.quote
local place

local function sh(line, ...)
  local command = ("cd %s && unset LD_PRELOAD && "):format(quote(place)) .. line:format(...)
  assert(os.execute(command .. " >log 2>&1"), line)
end

-- A key for ten years and a certificate for that name: of the authority, or its own.
local function certify(name, options)
  sh("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650"
    .. " -subj '/CN=%s' -keyout %s.key -out %s.pem %s", name, name, name, options or "")
end

-- openssl's server; its port.
local function serve(name)
  local script = "cd %s && exec openssl s_server -accept 127.0.0.1:0 -cert %s.pem -key %s.key -WWW"
  local server = fixture.command({"sh", "-c", script:format(quote(place), name, name)})
  local port
  repeat port = assert(server:line()):match("^ACCEPT 127%.0%.0%.1:(%d+)$") until port
  return port
end

-- Why its specs cannot run here, or nil.
local function missing(library)
  if not fixture.has_command("openssl") then return "there is no openssl" end
  for _, module in ipairs(NEEDS[library]) do
    if not pcall(require, module) then return "there is no Lua module " .. module end
  end
end

-- The program, which trusts the authority in that file.
local function get(authority, ...)
  local command = {
    "env",
    ("SSL_CERT_FILE=%s/%s.pem"):format(place, authority),
    fixture.interpreter,
    "examples/https_get.lua",
    ...,
  }
  command.preload = true
  return fixture.command(command)
end

describe("TLS", function()
  lazy_setup(function()
    place = os.tmpname()
    os.remove(place)
    assert(os.execute("mkdir " .. place))
    if not fixture.has_command("openssl") then return end
    certify("authority")
    certify("stranger")
    local signed = "-CA authority.pem -CAkey authority.key -addext 'subjectAltName=DNS:%s'"
    certify("localhost", signed:format("localhost"))
    certify("other.example", signed:format("other.example"))
    certify("wildcard", signed:format("*.localhost"))
    local f <close> = assert(io.open(place .. "/page.txt", "wb"))
    f:write(PAGE)
  end)

  lazy_teardown(function()
    os.execute("rm -rf " .. place)
  end)

  for _, library in ipairs({"sec", "ossl"}) do
    describe("by " .. library, function()
      local reason = missing(library)
      if reason then return pending(reason) end

      it("fetches a page", function()
        local url = ("https://localhost:%s/page.txt"):format(serve("localhost"))
        local child = get("authority", library, url)
        assert.is_true(child:rest() == PAGE)
        assert.equal(0, child:wait())
        assert.equal("", child:errors())
      end)

      it("fetches several pages at once, in tasks", function()
        local url = ("https://localhost:%s/page.txt"):format(serve("localhost"))
        local child = get("authority", library, url, url, url)
        assert.is_true(child:rest() == PAGE:rep(3))
        assert.equal(0, child:wait())
        assert.equal("", child:errors())
      end)

      for _, case in ipairs({
        {"a certificate for another name", "other.example", "authority"},
        {"a certificate for names below the host's", "wildcard", "authority"},
        {"a certificate of an authority it does not know", "localhost", "stranger"},
        {"a certificate that is its own authority", "stranger", "authority"},
      }) do
        it("refuses " .. case[1], function()
          local url = ("https://localhost:%s/page.txt"):format(serve(case[2]))
          local child = get(case[3], library, url)
          assert.equal("", child:rest())
          assert.equal(1, child:wait())
          assert.matches("certificate", child:errors(), 1, true)
        end)
      end

      it("gives the socket back when it has ended", function()
        fixture.need_command("python3")
        local certificate, key = place .. "/localhost.pem", place .. "/localhost.key"
        local server = fixture.command({"python3", "spec/roles/tls.py", certificate, key, END[library]})
        local s = fixture.socket()
        s:connect({"127.0.0.1", tonumber(server:line())})
        local conn = tls[library](s, "localhost", place .. "/authority.pem")
        conn:sendall("one")
        assert.equal("secret: one", conn:recv(100))
        if library == "sec" then assert.equal("", conn:recv(100)) end
        conn:close()
        s:sendall("two")
        assert.equal("plain: two", s:recv(100))
      end)

      it("keeps to the socket's timeout, and lets other tasks run meanwhile", function()
        local listener = fixture.listener()
        local s = fixture.socket()
        s:connect(listener:getsockname())
        s:settimeout(0.3)
        local turns = 0
        loop.run(function()
          loop.spawn(function()
            while true do
              loop.sleep(0.001)
              turns = turns + 1
            end
          end)
          fixture.refuses("TLS timed out", tls[library], s, "localhost", place .. "/authority.pem")
        end)
        assert.is_true(turns > 1)
      end)

      it("leaves no descriptor behind when it is refused", function()
        local listener = fixture.listener()
        local s = fixture.socket()
        s:connect(listener:getsockname())
        local peer = fixture.keep((listener:accept()))
        peer:sendall("this is no TLS\n")
        assert.is_false(pcall(tls[library], s, "localhost", place .. "/authority.pem"))
        local before = #fixture.settled_descriptors()
        assert.is_false(pcall(tls[library], s, "localhost", place .. "/authority.pem"))
        assert.equal(before, #fixture.descriptors())
      end)
    end)
  end
end)
