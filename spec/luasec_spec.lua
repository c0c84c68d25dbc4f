-- LuaSec's interface, compared with LuaSec itself: the examples of spec/luasocket/ssl_cases.lua run
-- with the real one over LuaSocket, with ours, and with ours in a task.

local certificates = require "spec.certificates"
local examples = require "spec.luasocket.ssl_examples"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local names = require "spec.luasocket.names"
local socket = require "pysocket.luasocket"

local RECORDED <const> = "1.2.0" -- later releases repeat a send that fails after the peer's end for ever

local has_ssl, ssl = pcall(require, "pysocket.luasocket.ssl")
local present, real = pcall(require, "ssl")
local there, real_socket = pcall(require, "socket")

local function need_ssl()
  if not has_ssl then fixture.lacking("built without TLS") end
end

local function in_task(case)
  local result
  loop.run(function() result = examples.run(case, socket, ssl) end)
  return result
end

local function contents(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local function missing(module, master)
  local conn = module.wrap(master, {mode = "client", protocol = "any"})
  local certificate = module.loadcertificate(contents(certificates.file("localhost.pem")))
  local list = {}
  for place, object in pairs {ssl = module, connection = conn, certificate = certificate} do
    for name in pairs(names[place]) do
      if object[name] == nil then list[#list + 1] = place .. "." .. name end
    end
  end
  return list
end

teardown(certificates.remove)

describe("the names of LuaSec that programs use", function()
  it("are LuaSec's", function()
    if not (present and there) then fixture.lacking("there is no LuaSec") end
    assert.same({}, missing(real, real_socket.tcp()))
  end)

  it("are all ours", function()
    need_ssl()
    assert.same({}, missing(ssl, socket.tcp()))
  end)
end)

describe("the texts of LuaSec with which programs compare", function()
  -- Do the examples have a result with that text? They run with LuaSec itself, too.
  local function recorded(text)
    for _, case in ipairs(examples.cases) do
      if case[3]:find(('"%s"'):format(text), 1, true) then return true end
    end
    return false
  end

  for text, programs in pairs(names.ssl_errors) do
    it(("are among the results of the examples: %s (%s)"):format(text, programs), function() assert.is_true(recorded(text)) end)
  end
end)

describe("install", function()
  it("puts LuaSec's modules where require finds them", function()
    need_ssl()
    local library = {loaded = {ssl = "another"}, preload = {}}
    socket.install(library)
    assert.is_nil(library.loaded.ssl)
    assert.equal(ssl, library.preload["ssl"]())
    assert.equal(ssl.config, library.preload["ssl.config"]())
    assert.equal(ssl.loadcertificate, library.preload["ssl.x509"]().load)
    assert.equal(-1, library.preload["ssl.core"]().SOCKET_INVALID)
  end)
end)

-- OpenSSL has given up the name of SSL 3 for this alert.
local function named(text) return (text:gsub("ssl/tls alert", "sslv3 alert")) end

describe("LuaSec", function()
  for _, case in ipairs(examples.cases) do
    it("answers: " .. case[1], function()
      if not (present and there) then fixture.lacking("there is no LuaSec") end
      if real._VERSION ~= RECORDED then fixture.lacking("this LuaSec is another than the one that was recorded") end
      assert.equal(case[3], named(examples.run(case, real_socket, real)))
    end)
  end
end)

describe("LuaSec's interface", function()
  before_each(need_ssl)

  -- The peer chooses the certificate, and a program may look at it before it is verified.
  it("passes over a name without a value in a certificate", function()
    local certificate = ssl.loadcertificate(contents(certificates.file("untyped.pem")))
    local alternatives = certificate:extensions()["2.5.29.17"]
    assert.same({"localhost"}, alternatives.dNSName)
    assert.is_nil(alternatives["1.2.3.4"])
    assert.equal("hello", alternatives["1.2.3.5"][1])
  end)

  it("refuses a time that no clock has", function()
    local certificate = ssl.loadcertificate(contents(certificates.file("localhost.pem")))
    assert.is_true(certificate:validat(os.time()))
    fixture.refuses("time out of range, got 1e+300", certificate.validat, certificate, 1e300)
  end)

  for _, case in ipairs(examples.cases) do
    it("answers: " .. case[1], function() assert.equal(case[3], named(examples.run(case, socket, ssl))) end)
    it("answers in a task: " .. case[1], function() assert.equal(case[3], named(in_task(case))) end)
  end
end)
