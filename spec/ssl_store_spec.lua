-- The system's stores of certificates, which Windows has.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local machine = require "spec.machine"
local tls = require "spec.tls"

local ssl = tls.ssl

local SERVER_AUTH <const> = "1.3.6.1.5.5.7.3.1"
local CLIENT_AUTH <const> = "1.3.6.1.5.5.7.3.2"

describe("the system's stores of certificates", function()
  before_each(tls.need)
  teardown(certificates.remove)

  local function authority()
    local f <close> = assert(io.open(certificates.file("authority.pem")))
    return ssl.PEM_cert_to_DER_cert(f:read("a"))
  end

  -- Returns the error of a default context for the certificate that this authority has signed; nil: it trusts the authority.
  local function refusal(purpose)
    local context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context:load_default_certs(purpose)
    local ok, err = pcall(tls.with_pair, function() end, {context = context})
    return not ok and err.verify_message or nil
  end

  it("are there on Windows, and nowhere else", function()
    local windows = package.config:sub(1, 1) == "\\"
    for _, name in ipairs({"enum_certificates", "enum_crls"}) do
      assert.equal(windows and "function" or "nil", type(ssl[name]))
    end
  end)

  describe("as load_default_certs sees them", function()
    local real

    -- Stores with these entries alone: "CA" has them, and "ROOT" is empty.
    local function have(...)
      local entries = {...}
      ssl.enum_certificates = function(name) return name == "CA" and entries or {} end
    end

    before_each(function()
      if type(ssl) ~= "table" then return end -- called even after the function above has made the spec pending
      real = ssl.enum_certificates
      fixture.defer(function() ssl.enum_certificates = real end)
    end)

    it("hold authorities, which are trusted", function()
      have()
      assert.equal("unable to get local issuer certificate", refusal())
      have({authority(), "x509_asn", true})
      assert.is_nil(refusal())
    end)

    it("hold authorities for some purposes, which are trusted for these", function()
      have({authority(), "x509_asn", {[CLIENT_AUTH] = true}})
      assert.equal("unable to get local issuer certificate", refusal(ssl.Purpose.SERVER_AUTH))
      assert.is_nil(refusal(ssl.Purpose.CLIENT_AUTH))
      have({authority(), "x509_asn", {[SERVER_AUTH] = true}})
      assert.is_nil(refusal())
    end)

    it("may hold what OpenSSL cannot read, which is left out", function()
      have({"no certificate", "x509_asn", true}, {"other", "pkcs_7_asn", true}, {authority(), "x509_asn", true})
      assert.is_nil(refusal())
    end)
  end)

  describe("on Windows", function()
    local add <const> = machine.compiled("store", "add")
    local remove <const> = machine.compiled("store", "remove_certificate")

    before_each(function()
      if not ssl.enum_certificates then return fixture.lacking("the system has no such stores") end
      remove(authority()) -- a run before may have broken off
    end)

    it("give certificates and lists, each with its encoding", function()
      for _, name in ipairs({"ROOT", "CA", "MY"}) do
        for _, entry in ipairs(ssl.enum_certificates(name)) do
          assert.equal("x509_asn", entry[2])
          assert.matches("^\x30", entry[1])
          assert.is_true(entry[3] == true or type(entry[3]) == "table")
        end
        for _, entry in ipairs(ssl.enum_crls(name)) do assert.equal("x509_asn", entry[2]) end
      end
    end)

    it("have names, which are strings", function()
      fixture.refuses("store_name", ssl.enum_certificates)
      fixture.refuses("store_name", ssl.enum_crls, {})
    end)

    -- Adds the authority to the user's store "CA" until the test ends; its entry there.
    local function added(oid)
      local der = authority()
      fixture.defer(remove, der)
      assert.is_true(add(der, oid))
      local found = {}
      for _, entry in ipairs(ssl.enum_certificates("CA")) do
        if entry[1] == der then found[#found + 1] = entry end
      end
      assert.equal(1, #found)
      return found[1]
    end

    it("hold what a user adds, which is trusted until it is removed", function()
      assert.equal("unable to get local issuer certificate", refusal())
      local entry = added()
      assert.is_true(entry[3])
      assert.is_nil(refusal())
      assert.is_true(remove(entry[1]))
      assert.equal("unable to get local issuer certificate", refusal())
    end)

    it("hold what is for some purposes alone", function()
      assert.same({[CLIENT_AUTH] = true}, added(CLIENT_AUTH)[3])
      assert.equal("unable to get local issuer certificate", refusal())
      assert.is_nil(refusal(ssl.Purpose.CLIENT_AUTH))
    end)
  end)
end)
