-- The three ways in which programs for LuaSocket run in the specs: on LuaSocket itself, on ours, and on ours in a task.

local busted = require "busted"
local fixture = require "spec.fixture"
local loop = require "pysocket.loop"
local ours = require "pysocket.luasocket"

local present, real = pcall(require, "socket")
local _, real_unix = pcall(require, "socket.unix")

local secure, real_ssl = pcall(require, "ssl")
local has_ssl, ours_ssl = pcall(require, "pysocket.luasocket.ssl")

local ways = {has_ssl = has_ssl}

local function directly(f, ...) return f(...) end

local function in_task(f, ...)
  local arguments = table.pack(...)
  loop.run(function() f(table.unpack(arguments, 1, arguments.n)) end)
end

-- Calls f(1), f(2), ... in tasks of one loop, until all of them are done.
function ways.side_by_side(count, f)
  loop.run(function()
    local tasks = {}
    for i = 1, count do tasks[i] = loop.spawn(f, i) end
    for _, task in ipairs(tasks) do task:join() end
  end)
end

local WAYS <const> = {
  {name = "LuaSocket", socket = present and real, unix = real_unix, run = directly},
  {name = "ours", socket = ours, unix = ours.unix, run = directly},
  {name = "ours in a task", socket = ours, unix = ours.unix, run = in_task},
}

-- A test for each way, which calls f(socket, unix).
function ways.each(title, f)
  for _, way in ipairs(WAYS) do
    busted.it(title .. ": " .. way.name, function()
      if not way.socket then fixture.lacking("there is no LuaSocket") end
      way.run(f, way.socket, way.unix)
    end)
  end
end

local function stands_on_sockets(name)
  return name == "mime" or name == "ltn12" or name:find("^socket") or name:find("^copas") or name:find("^ssl")
end

-- A module in Lua that stands on LuaSocket, loaded on top of one; or the test is pending. `file`: not on the path.
function ways.on_top(socket, unix, name, file)
  local saved = {}
  for key, value in pairs(package.loaded) do
    if stands_on_sockets(key) then saved[key] = value end
  end
  for key in pairs(saved) do package.loaded[key] = nil end
  package.loaded["socket"], package.loaded["socket.core"], package.loaded["socket.unix"] = socket, socket, unix
  if socket == ours then package.loaded["ssl"] = has_ssl and ours_ssl or nil
  else package.loaded["ssl"] = secure and real_ssl or nil end
  local ok, module = pcall(file and dofile or require, file or name)
  for key in pairs(package.loaded) do
    if stands_on_sockets(key) then package.loaded[key] = nil end
  end
  for key, value in pairs(saved) do package.loaded[key] = value end
  if not ok then fixture.lacking(("there is no %s: %s"):format(name, module)) end
  return module
end

-- The address of a web server of Python's.
function ways.web_server(count)
  fixture.need_command("python3")
  return "http://127.0.0.1:" .. fixture.command({"python3", "spec/roles/http_server.py", tostring(count)}):line()
end

return ways
