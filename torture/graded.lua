-- graded REPORT: what testssl.sh (--jsonfile, --severity LOW) found above its lowest severity, but for what an authority made for
-- the test lacks (lists of revoked certificates, OCSP, a record of DNS), and for headers of HTTP.

local ALLOWED <const> = {
  cert_revocation = true,
  cert_ocspURL = true,
  cert_crlDistributionPoints = true,
  DNS_CAArecord = true,
  security_headers = true,
}

local f <close> = assert(io.open(arg[1], "rb"))
local findings, worse = 0, {}
for object in f:read("a"):gmatch("%b{}") do
  local id, severity = object:match('"id"%s*:%s*"([^"]*)"'), object:match('"severity"%s*:%s*"([^"]*)"')
  local finding = object:match('"finding"%s*:%s*"([^"]*)"')
  findings = findings + 1
  if finding == "Scan interrupted" then error("testssl was interrupted", 0) end
  local bad = severity == "MEDIUM" or severity == "HIGH" or severity == "CRITICAL" or severity == "FATAL"
  if bad and not ALLOWED[id] then worse[#worse + 1] = ("%s: %s: %s"):format(severity, id, finding) end
  print(("   %s: %s: %s"):format(severity, id, finding))
end
print(table.concat(worse, "\n"))
if findings == 0 then error("testssl has found nothing at all", 0) end
os.exit(#worse == 0)
