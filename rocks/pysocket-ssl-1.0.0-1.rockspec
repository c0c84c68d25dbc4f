-- TLS for pysocket, for luarocks: a rock of its own, so that pysocket itself needs no OpenSSL. The list of sources is that of
-- meson.build; a spec compares.

local release = "1.0.0" -- written by ./dev rock from the rockspec of the source tree
local revision = "1"

local sources = {
  "tls/module", "tls/constants", "tls/authorities", "tls/fault", "tls/object", "tls/ktls", "tls/bio", "tls/context",
  "tls/setting", "tls/offer", "tls/callback", "tls/trust", "tls/store", "tls/certificate", "tls/session", "tls/peer",
  "tls/connection", "tls/attempt", "tls/transfer", "tls/memory", "tls/names", "tls/x509", "tls/luasec", "tls/link",
  "system/posix", "system/hostent", "system/send",
}

for i = 1, #sources do sources[i] = "src/" .. sources[i] .. ".c" end

rockspec_format = "3.0"
package = "pysocket-ssl"
version = release .. "-" .. revision

source = {
  url = "git+file://.", -- made in the source tree: luarocks make
}
if release ~= "scm" then
  source = {
    url = "https://pysocket.example/archive/v" .. release .. ".tar.gz",
    dir = "pysocket-" .. release,
  }
end

description = {
  summary = "TLS for pysocket: Python's ssl interface for Lua",
  detailed = [[
    Contexts, certificates and TLS connections with the names, arguments and semantics of Python's ssl module, on OpenSSL 3:
    the second half of the module pysocket.ssl, which belongs to the rock pysocket.]],
  license = "MIT",
  labels = {"network", "sockets", "tls", "ssl"},
}

supported_platforms = {"unix"}

dependencies = {
  "lua >= 5.4, < 5.6",
  "pysocket " .. (release == "scm" and "== scm" or "== " .. release),
}

external_dependencies = {
  OPENSSL = {header = "openssl/ssl.h", library = "ssl"},
}

build = {
  type = "builtin",
  modules = {
    ["pysocket._ssl"] = {
      sources = sources,
      incdirs = {"src", "rocks", "$(OPENSSL_INCDIR)"},
      libdirs = {"$(OPENSSL_LIBDIR)"},
      defines = {"_GNU_SOURCE"},
      libraries = {"ssl", "crypto", "pthread"},
    },
  },
}
