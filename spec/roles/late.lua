-- late CASE: what becomes of the parts of the library that are read when they are needed. Prints what the spec expects of it.

local socket = require "pysocket"

local function print_loaded()
  local names = {}
  for name in pairs(package.loaded) do
    if name:find("^pysocket") then names[#names + 1] = name end
  end
  table.sort(names)
  print(table.concat(names, " "))
end

local function echo(a, b)
  local out <close> = a:makefile("w")
  local from <close> = b:makefile("r")
  out:write("hello\n"):flush()
  return from:read("l")
end

local cases = {}

cases["loaded files"] = function()
  print_loaded()
  print(socket.errno.EBADF, socket.nothing)
  print_loaded()
  print(socket.getfqdn ~= nil)
  print_loaded()
end

cases["names"] = function()
  function socket.create_server() end
  local ours, names = socket.create_server, {}
  for name, value in pairs(socket) do names[name] = value end
  for _, name in ipairs({"create_connection", "create_server", "SocketIO", "AddressFamily", "errno", "AF_INET"}) do
    print(name, names[name] ~= nil and names[name] == socket[name] and rawequal(names[name], rawget(socket, name)))
  end
  print(socket.create_server == ours)
end

cases["arguments"] = function()
  local a = socket.socketpair()
  print(select(2, pcall(function() a:makefile(1) end)))
  print(select(2, pcall(function() socket.create_connection(1) end)))
end

cases["no descriptors"] = function()
  local a, b = socket.socketpair()
  local taken = {}
  repeat
    local s = socket.protect(socket.socket)()
    taken[#taken + 1] = s
  until not s
  for _, err in ipairs({
    select(2, pcall(echo, a, b)),
    select(2, pcall(function() return socket.create_connection end)),
  }) do
    print(socket.isinstance(err, socket.OSError), err.name, err.strerror:match("%(.*(pysocket/.*)%)"), err.where)
  end
  taken[#taken]:close()
  print(echo(a, b), socket.create_connection ~= nil)
end

cases["a sandbox"] = function()
  local a, b = socket.socketpair()
  local globals, pcall, print, select = _G, pcall, print, select
  package.path, package.cpath = "", ""
  for name in pairs(globals) do
    globals[name] = nil
  end
  print(echo(a, b))
  print((select(2, pcall(socket.create_connection, {"127.0.0.1", 1}))))
end

cases["other modules"] = function()
  for name in pairs(package.loaded) do
    if name:find("^pysocket") then package.loaded[name] = nil end
  end
  local again = require "pysocket"
  print(again == socket, again.create_server == socket.create_server)
  print(echo(socket.socketpair()))
end

cases[...]()
