-- Certificates for specs of TLS, made by openssl's program in a folder of the run: an authority, what
-- it has signed, and what nobody should accept.

local fixture = require "spec.fixture"

local certificates = {}

local EXTENSIONS <const> = [[
[authority]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[leaf]
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=${ENV::NAMES}
[nameless]
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[ca]
default_ca=lists
[lists]
database=index.txt
crlnumber=number
default_md=sha256
]]

local place

-- A folder that is kept, for runs where there is no such program.
local KEPT <const> = os.getenv("PYSOCKET_CERTIFICATES")

local function is_complete(path)
  local last <close> = io.open(path .. "/authority-and-list.pem")
  return last ~= nil
end

local function sh(line, ...)
  local command = ("cd %s && unset LD_PRELOAD && "):format(fixture.quote(place)) .. line:format(...)
  local ok = os.execute("(" .. command .. ") >>" .. fixture.quote(place .. "/log") .. " 2>&1")
  if not ok then
    local log <close> = assert(io.open(place .. "/log"))
    error(command .. "\n" .. log:read("a"), 0)
  end
end

local KEY <const> = "openssl ecparam -name prime256v1 -genkey -noout -out %s.key"

local function authority(name)
  sh(KEY, name)
  sh("NAMES=DNS:x openssl req -x509 -new -key %s.key -subj '/CN=%s' -days 3650 -config ext -extensions authority -out %s.pem",
    name, name, name)
end

-- A certificate of the authority `by` for those names ("DNS:localhost,IP:127.0.0.1").
local function leaf(name, names, by, extensions)
  sh(KEY, name)
  sh("openssl req -new -key %s.key -subj '/CN=%s' -out %s.csr", name, name, name)
  sh("NAMES=%s openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -extfile ext -extensions %s"
    .. " -out %s.pem -days 3650", names, name, by, by, extensions or "leaf", name)
end

-- As `leaf`, valid between two dates: openssl's `x509` knows no dates before version 3.4, its `ca` does.
local function dated(name, from, to)
  sh(KEY, name)
  sh("openssl req -new -key %s.key -subj '/CN=%s' -out %s.csr", name, name, name)
  sh("printf '[d]\\ndefault_ca=c\\n[c]\\ndatabase=index.txt\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\n"
    .. "policy=p\\n[p]\\ncommonName=supplied\\n' >dates && cat ext >>dates")
  sh("NAMES=DNS:localhost openssl ca -batch -config dates -name c -in %s.csr -cert authority.pem -keyfile authority.key"
    .. " -extensions leaf -startdate %s -enddate %s -notext -out %s.pem -rand_serial", name, from, to, name)
end

--- The folder with NAME.pem and NAME.key of: authority, stranger (another authority), localhost,
-- other.example, wildcard (*.localhost, *.example.org), partial (loc*),
-- named (a subject without alternative names), address (127.0.0.1), expired, early, itself (signed by itself),
-- revoked, client; revoked.crl, the authority's list; and locked.key, localhost.key with the password "secret".
function certificates.folder()
  if place then return place end
  if KEPT and is_complete(KEPT) then
    place = KEPT
    return place
  end
  fixture.need_command("openssl")
  local path = KEPT or os.tmpname()
  os.remove(path)
  assert(os.execute("mkdir " .. path))
  place = path
  local f <close> = assert(io.open(place .. "/ext", "w"))
  f:write("[req]\ndistinguished_name=dn\n[dn]\n", EXTENSIONS)
  f:close()
  sh("touch index.txt && echo 01 >number")
  authority("authority")
  authority("stranger")
  leaf("localhost", "DNS:localhost,IP:127.0.0.1", "authority")
  leaf("other.example", "DNS:other.example", "authority")
  leaf("wildcard", "DNS:*.localhost,DNS:*.example.org", "authority")
  leaf("partial", "DNS:loc*", "authority")
  leaf("named", "DNS:x", "authority", "nameless")
  leaf("address", "IP:127.0.0.1", "authority")
  leaf("untyped", "'otherName:1.2.3.4;NULL:,otherName:1.2.3.5;UTF8:hello,DNS:localhost'", "authority")
  leaf("revoked", "DNS:localhost", "authority")
  leaf("client", "DNS:client", "authority")
  dated("expired", "20200101000000Z", "20210101000000Z")
  dated("early", "20900101000000Z", "20910101000000Z")
  sh(KEY, "itself")
  sh("NAMES=DNS:localhost openssl req -x509 -new -key itself.key -subj /CN=itself -days 3650 -config ext -extensions leaf"
    .. " -out itself.pem")
  sh("NAMES=DNS:x openssl ca -config ext -name lists -revoke revoked.pem -cert authority.pem -keyfile authority.key")
  sh("NAMES=DNS:x openssl ca -config ext -name lists -gencrl -crldays 3650 -cert authority.pem -keyfile authority.key"
    .. " -out revoked.crl")
  sh("openssl ec -in localhost.key -aes128 -passout pass:secret -out locked.key")
  sh("cat authority.pem revoked.crl >authority-and-list.pem")
  return place
end

-- Removes the folder, unless it is kept.
function certificates.remove()
  if place and place ~= KEPT then os.execute("rm -rf " .. fixture.quote(place)) end
  place = nil
end

--- The path of a file in the folder.
function certificates.file(name)
  return certificates.folder() .. "/" .. name
end

return certificates
