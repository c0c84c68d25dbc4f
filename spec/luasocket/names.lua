-- The names of LuaSocket that programs use: those of redis-lua, pgmoon, copas, luamqtt,
-- mobdebug, lua-websockets, and of LuaSocket's own http, smtp, ftp and tp.

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do list[#list + 1] = word end
  return list
end

return {
  module = words [[
    _VERSION _SETSIZE _DATAGRAMSIZE _SOCKETINVALID BLOCKSIZE bind choose connect connect4 connect6 dns gettime newtry protect
    select sink sinkt skip sleep source sourcet tcp tcp4 tcp6 try udp udp4 udp6 __unload
  ]],
  dns = words "getaddrinfo gethostname getnameinfo tohostname toip",
  unix = words "stream dgram tcp udp",
  tcp = words [[
    accept bind class close connect dirty getfamily getfd getoption getpeername getsockname getstats gettimeout listen receive
    send setfd setoption setpeername setsockname setstats settimeout shutdown
  ]],
  udp = words [[
    class close dirty getfamily getfd getoption getpeername getsockname gettimeout receive receivefrom send sendto setfd
    setoption setpeername setsockname settimeout
  ]],
  unixstream = words [[
    accept bind class close connect dirty getfd getsockname getstats listen receive send setfd setoption setpeername setsockname
    setstats settimeout shutdown
  ]],
  unixdgram = words [[
    bind class close connect dirty getfd getsockname gettimeout receive receivefrom send sendto setfd setoption setpeername
    setsockname settimeout
  ]],
  -- of LuaSec: those of ssl.https, copas, pgmoon, luamqtt, lua-websockets
  ssl = words "_VERSION _COPYRIGHT config loadcertificate newcontext wrap",
  connection = words [[
    close dirty dohandshake exportkeyingmaterial getalpn getfd getfinished getpeercertificate getpeerchain getpeerfinished
    getpeerverification getsniname getstats info receive send setstats settimeout sni want
  ]],
  certificate = words [[
    digest extensions getsignaturename issued issuer notafter notbefore pem pubkey serial setencode subject validat
  ]],
}
