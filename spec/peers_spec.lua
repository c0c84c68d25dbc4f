-- Both ways with software that is not ours.

local fixture = require "spec.fixture"
local socket = require "pysocket"

local function python(...)
  fixture.need_command("python3")
  return fixture.command({"python3", "spec/roles/peer.py", ...})
end

-- All that a stream has to give.
local function read_all(s)
  local parts = {}
  repeat
    local part = s:recv(65536)
    parts[#parts + 1] = part
  until part == ""
  return table.concat(parts)
end

local function accept(listener)
  local s = fixture.keep((listener:accept()))
  s:settimeout(10)
  return s
end

-- Says it, ends, and gives what came back.
local function exchange(s, text)
  s:sendall(text)
  s:shutdown(socket.SHUT_WR)
  return read_all(s)
end

local function connected(host, port)
  return fixture.keep(socket.create_connection({host, port}, 10))
end

local text <const> = ("0123456789"):rep(100000)

describe("Python", function()
  it("is a client of our server", function()
    local listener, address = fixture.listener()
    local child = python("client", address[1], address[2])
    local s = accept(listener)
    local lines, file = {}, fixture.keep(s:makefile("r"))
    for line in file:lines() do lines[#lines + 1] = line end
    file:close()
    assert.equal(10000, #lines)
    s:sendall(table.concat(lines, "\n"))
    s:close()
    assert.equal(("%d line 9999"):format(#table.concat(lines, "\n")), child:line())
    assert.equal(0, child:wait())
  end)

  for _, host in ipairs({"127.0.0.1", "::1"}) do
    it("is a server of our client on " .. host, function()
      if host == "::1" then fixture.need_ipv6() end
      local child = python("server", host)
      local s = connected(host, tonumber(child:line()))
      assert.equal(tostring(s:getsockname()[2]), child:line())
      assert.equal(text:reverse(), exchange(s, text))
      assert.equal(0, child:wait())
    end)
  end

  it("sends us datagrams", function()
    local s, address = fixture.udp()
    local child = python("datagram-client", address[1], address[2])
    local data, from = s:recvfrom(100)
    assert.equal("hello", data)
    s:sendto("hello too", from)
    assert.equal("hello too " .. address[2], child:line())
    assert.equal(0, child:wait())
  end)

  it("answers our datagrams", function()
    local child = python("datagram-server", "127.0.0.1")
    local s = fixture.socket(socket.AF_INET, socket.SOCK_DGRAM)
    local address = {"127.0.0.1", tonumber(child:line())}
    s:sendto("hello", address)
    local data, from = s:recvfrom(100)
    assert.equal("HELLO", data)
    assert.same(address, {from[1], from[2]})
  end)

  local function unix_listener()
    local path = fixture.path()
    local s = fixture.socket(socket.AF_UNIX)
    s:bind(path)
    s:listen()
    return s, path
  end

  it("sends us a descriptor", function()
    local listener, path = unix_listener()
    local child = python("send-descriptor", path)
    local s = accept(listener)
    local data, fds = socket.recv_fds(s, 100, 1)
    assert.equal("pipe", data)
    assert.equal(1, #fds)
    fixture.defer(socket.close, fds[1])
    local pipe <close> = assert(io.open("/proc/self/fd/" .. fds[1]))
    assert.equal("through the pipe", pipe:read("a"))
    s:close()
    assert.equal(0, child:wait())
  end)

  it("reads from a descriptor that we send", function()
    local listener, path = unix_listener()
    local child = python("receive-descriptor", path)
    local a, b = fixture.pair()
    a:sendall("through the socket")
    socket.send_fds(accept(listener), {"a socket"}, {b:fileno()})
    assert.equal("a socket through the socket", child:line())
    assert.equal(0, child:wait())
  end)

  it("inherits a socket that may be inherited", function()
    local a, b = fixture.pair()
    b:set_inheritable(true)
    local child = python("inherited", b:fileno())
    assert.equal("from a child", a:recv(100))
    assert.equal("AF_UNIX SOCK_STREAM", child:line())
    assert.equal(0, child:wait())
  end)

  it("inherits no other", function()
    local _, b = fixture.pair()
    local child = python("inherited", b:fileno())
    assert.is_nil(child:line())
    assert.equal(1, child:wait())
  end)
end)

describe("nc", function()
  local function nc(...)
    fixture.need_command("nc")
    local child = fixture.command({"nc", "-h", merge = true})
    if not child:rest():find("\n%s*-N") then fixture.lacking("this nc has no -N") end
    return fixture.command({"nc", "-N", input = fixture.file(text), ...})
  end

  it("is a client of our server", function()
    local listener, address = fixture.listener()
    local child = nc(address[1], address[2])
    local s = accept(listener)
    assert.equal(text, read_all(s))
    s:sendall("thank you\n")
    s:close()
    assert.equal("thank you", child:line())
    assert.equal(0, child:wait())
  end)

  it("is a client of our AF_UNIX server", function()
    local path = fixture.path()
    local listener = fixture.socket(socket.AF_UNIX)
    listener:bind(path)
    listener:listen()
    local child = nc("-U", path)
    local s = accept(listener)
    assert.equal(text, read_all(s))
    s:close()
    assert.equal(0, child:wait())
  end)
end)

describe("socat", function()
  local function socat(...)
    fixture.need_command("socat")
    return fixture.command({"socat", "-t10", input = fixture.file(text), ...})
  end

  -- One that echoes, and the port it listens on.
  local function echo(listen)
    fixture.need_command("socat")
    local child = fixture.command({"socat", "-t10", "-d", "-d", listen, "PIPE", merge = true})
    return tonumber(child:line():match("listening on .*:(%d+)"))
  end

  it("is a client of our server", function()
    local listener, address = fixture.listener()
    local child = socat("-", ("TCP4:%s:%d"):format(address[1], address[2]))
    local s = accept(listener)
    assert.equal(text, read_all(s))
    s:sendall("thank you\n")
    s:close()
    assert.equal("thank you", child:line())
    assert.equal(0, child:wait())
  end)

  it("finds our abstract AF_UNIX name", function()
    local listener = fixture.socket(socket.AF_UNIX)
    listener:bind("")
    listener:listen()
    local child = socat("-u", "-", "ABSTRACT-CONNECT:" .. listener:getsockname():sub(2))
    assert.equal(text, read_all(accept(listener)))
    assert.equal(0, child:wait())
  end)

  it("gives an echo over TCP", function()
    local port = echo("TCP4-LISTEN:0,bind=127.0.0.1")
    assert.equal("hello", exchange(connected("127.0.0.1", port), "hello"))
  end)

  it("gives an echo over IPv6", function()
    fixture.need_ipv6()
    local port = echo("TCP6-LISTEN:0,bind=[::1]")
    assert.equal("hello", exchange(connected("::1", port), "hello"))
  end)
end)

describe("curl", function()
  -- Serves a new directory with a file of that text: its URL.
  local function serve(name, contents)
    fixture.need_command("curl")
    local directory = fixture.path()
    assert(os.execute("mkdir " .. fixture.quote(directory)))
    fixture.defer(os.remove, directory .. "/" .. name)
    local file <close> = assert(io.open(directory .. "/" .. name, "wb"))
    file:write(contents)
    local server = fixture.program("examples/http_server.lua", directory)
    return "http://" .. server:line():match("127%.0%.0%.1:%d+")
  end

  local function curl(...)
    return fixture.command({"curl", "-s", "-m", "10", "--noproxy", "*", ...})
  end

  it("gets a file from our example of a server", function()
    local url = serve("file.txt", text)
    local child = curl(url .. "/file.txt")
    assert.equal(text, child:rest())
    assert.equal(0, child:wait())
  end)

  it("is told what there is not", function()
    local url = serve("file.txt", text)
    local child = curl("-o", "/dev/null", "-w", "%{http_code}\n", url .. "/none.txt")
    assert.equal("404", child:line())
    assert.equal(0, child:wait())
  end)

  it("gets nothing from outside the directory", function()
    local url = serve("file.txt", text)
    local child = curl("--path-as-is", "-w", "%{http_code}\n", url .. "/../../etc/passwd")
    assert.equal("403 Forbidden\n403\n", child:rest())
    assert.equal(0, child:wait())
  end)
end)
