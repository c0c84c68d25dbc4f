-- The names of LuaSocket and LuaSec that programs use, and the messages of errors with which they compare. Each row has the
-- programs: redis-lua, pgmoon, copas, luamqtt, mobdebug, websockets (lua-websockets), and http, smtp, ftp, tp (of LuaSocket) and
-- https (of LuaSec). "manual": a name of the manual that none of these uses.

-- The first word of each line, and the rest of that line.
local function rows(text)
  local found = {}
  for name, users in text:gmatch("(%S+) +([^\n]+)") do found[name] = users end
  return found
end

local names = {
  module = rows [[
    _VERSION        http smtp
    _SETSIZE        manual
    _DATAGRAMSIZE   manual
    _SOCKETINVALID  manual
    BLOCKSIZE       manual
    bind            mobdebug websockets ftp
    choose          manual
    connect         manual
    connect4        manual
    connect6        manual
    dns             manual
    gettime         copas
    newtry          copas http smtp ftp
    protect         copas http smtp ftp
    select          copas ftp
    sink            http tp ftp
    sinkt           http
    skip            http smtp ftp tp
    sleep           manual
    source          http ftp
    sourcet         http
    tcp             redis-lua pgmoon copas luamqtt mobdebug websockets http ftp tp https
    tcp4            manual
    tcp6            manual
    try             http smtp ftp https
    udp             copas
    udp4            manual
    udp6            manual
    __unload        manual
  ]],
  dns = rows [[
    getaddrinfo  manual
    gethostname  manual
    getnameinfo  manual
    tohostname   manual
    toip         manual
  ]],
  unix = rows [[
    stream  manual
    dgram   manual
    tcp     manual
    udp     manual
  ]],
  tcp = rows [[
    accept       copas mobdebug ftp
    bind         copas
    class        manual
    close        pgmoon copas luamqtt mobdebug websockets http ftp tp
    connect      redis-lua pgmoon copas luamqtt mobdebug websockets http ftp tp https
    dirty        http tp
    getfamily    manual
    getfd        websockets http tp
    getoption    copas
    getpeername  copas tp
    getsockname  copas ftp
    getstats     copas ftp
    gettimeout   manual
    listen       copas
    receive      redis-lua pgmoon copas luamqtt mobdebug websockets http tp
    send         redis-lua pgmoon copas luamqtt mobdebug websockets http tp
    setfd        manual
    setoption    redis-lua copas websockets
    setpeername  manual
    setsockname  manual
    setstats     copas
    settimeout   pgmoon copas luamqtt mobdebug websockets http ftp tp https
    shutdown     redis-lua copas luamqtt websockets
  ]],
  udp = rows [[
    class        manual
    close        copas
    dirty        manual
    getfamily    manual
    getfd        manual
    getoption    copas
    getpeername  copas
    getsockname  copas
    gettimeout   manual
    receive      copas
    receivefrom  copas
    send         copas
    sendto       copas
    setfd        manual
    setoption    copas
    setpeername  copas
    setsockname  copas
    settimeout   copas
  ]],
  unixstream = rows [[
    accept       manual
    bind         manual
    class        manual
    close        redis-lua
    connect      redis-lua
    dirty        manual
    getfd        manual
    getsockname  manual
    getstats     manual
    listen       manual
    receive      redis-lua
    send         redis-lua
    setfd        manual
    setoption    manual
    setpeername  manual
    setsockname  manual
    setstats     manual
    settimeout   manual
    shutdown     redis-lua
  ]],
  unixdgram = rows [[
    bind         manual
    class        manual
    close        manual
    connect      manual
    dirty        manual
    getfd        manual
    getsockname  manual
    gettimeout   manual
    receive      manual
    receivefrom  manual
    send         manual
    sendto       manual
    setfd        manual
    setoption    manual
    setpeername  manual
    setsockname  manual
    settimeout   manual
  ]],
  ssl = rows [[
    _VERSION         manual
    _COPYRIGHT       manual
    config           manual
    loadcertificate  manual
    newcontext       copas
    wrap             pgmoon copas luamqtt https
  ]],
  connection = rows [[
    close                 pgmoon copas luamqtt http
    dirty                 http
    dohandshake           pgmoon copas luamqtt https
    exportkeyingmaterial  manual
    getalpn               copas
    getfd                 http
    getfinished           manual
    getpeercertificate    manual
    getpeerchain          manual
    getpeerfinished       manual
    getpeerverification   manual
    getsniname            copas
    getstats              copas
    info                  manual
    receive               pgmoon copas luamqtt http
    send                  pgmoon copas luamqtt http
    setstats              copas
    settimeout            pgmoon copas luamqtt https
    sni                   copas https
    want                  manual
  ]],
  certificate = rows [[
    digest            manual
    extensions        manual
    getsignaturename  manual
    issued            manual
    issuer            manual
    notafter          manual
    notbefore         manual
    pem               manual
    pubkey            manual
    serial            manual
    setencode         manual
    subject           manual
    validat           manual
  ]],
}

-- The texts with which programs compare, or which they look for: those of LuaSocket, and those that only LuaSec has.
names.errors = {
  timeout = "copas luamqtt mobdebug websockets",
  closed = "luamqtt mobdebug websockets http",
  ["connection refused"] = "manual",
  ["host or service not provided, or not known"] = "manual",
}
names.ssl_errors = {
  wantread = "copas luamqtt",
  wantwrite = "copas luamqtt",
  closed = "luamqtt http",
}

return names
