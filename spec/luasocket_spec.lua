-- LuaSocket's interface, compared with LuaSocket itself: the examples of spec/luasocket/ run with
-- the real one, with ours, and with ours in a task.

local examples = require "spec.luasocket.examples"
local fixture = require "spec.fixture"
local names = require "spec.luasocket.names"
local loop = require "pysocket.loop"
local ours = require "pysocket.luasocket"
local pysocket = require "pysocket"

local present, real = pcall(require, "socket")
local with_unix, real_unix = pcall(require, "socket.unix")

local function in_task(case)
  local result
  loop.run(function() result = examples.run(case, ours, ours.unix) end)
  return result
end

-- Those of the names that programs use that are missing.
local function missing(socket, unix)
  local makers = {tcp = socket.tcp, udp = socket.udp, unixstream = unix.stream, unixdgram = unix.dgram}
  local places = {module = socket, dns = socket.dns, unix = unix}
  for kind, make in pairs(makers) do places[kind] = make() end
  local list = {}
  for place, object in pairs(places) do
    for name in pairs(names[place]) do
      if object[name] == nil then list[#list + 1] = place .. "." .. name end
    end
  end
  return list
end

describe("the names that programs use", function()
  it("are LuaSocket's", function()
    if not (present and with_unix) then fixture.lacking("there is no LuaSocket") end
    assert.same({}, missing(real, real_unix))
  end)

  it("are all ours", function() assert.same({}, missing(ours, ours.unix)) end)
end)

describe("the texts of errors with which programs compare", function()
  -- Do the examples have a result with that text? They run with LuaSocket itself, too.
  local function recorded(text)
    for _, cases in pairs(examples.lists) do
      for _, case in ipairs(cases) do
        if case[3]:find(('"%s"'):format(text), 1, true) then return true end
      end
    end
    return false
  end

  for text, programs in pairs(names.errors) do
    it(("are among the results of the examples: %q (%s)"):format(text, programs), function() assert.is_true(recorded(text)) end)
  end
end)

describe("install", function()
  local library = {loaded = {}, preload = {}}

  it("puts the module where require finds it", function()
    assert.equal(ours, ours.install(library))
    for _, name in ipairs {"socket", "socket.core"} do
      assert.equal(ours, library.loaded[name])
      assert.equal(ours, library.preload[name]())
    end
    assert.equal(ours.unix, library.loaded["socket.unix"])
  end)
end)

-- Windows lacks these options, answers in other words, or otherwise than here.
local FOREIGN <const> = {}
for _, case in ipairs({
  "reuseport", "udp: reuseport", "recv-buffer-size", "send-buffer-size", "tcp-keepidle", "tcp-keepcnt", "tcp-keepintvl",
  "tcp-defer-accept", "tcp-fastopen", "tcp-fastopen-connect", "a taken port is refused", "listen needs a descriptor",
  "listen without a bind chooses a port",
  "getpeername without a descriptor", "closed: getsockname", "closed: getpeername", "getsockname before",
}) do FOREIGN[case] = true end

-- The texts of this C library, by those of glibc for the same errors of sockets.
local words = {}
for said, call in pairs({
  ["Cannot assign requested address"] = function(s) s:bind({"192.0.2.1", 0}) end,
  ["Transport endpoint is not connected"] = function(s) s:getpeername() end,
  ["Message too long"] = function(s) s:sendto(("x"):rep(70000), {"127.0.0.1", 9}) end,
  ["Name or service not known"] = function()
    pysocket.getaddrinfo("no address", 1, {flags = pysocket.AI_NUMERICHOST})
  end,
}) do
  local s <close> = pysocket.socket(pysocket.AF_INET, pysocket.SOCK_DGRAM)
  local _, err = pcall(call, s)
  words[said] = err and err.strerror
end

-- The result that the example has here.
local function expected(case)
  return (case[3]:gsub('"([^"]+)"', function(text) return words[text] and ('"%s"'):format(words[text]) end))
end

local function need(subject, case)
  if case[1] == "dns.toip" then fixture.need_glibc("the name is among the other names") end
  if FOREIGN[case[1]] then fixture.need_posix("LuaSocket's answer is another") end
  if subject:find("UNIX", 1, true) then fixture.need_unix() end
end

for subject, cases in pairs(examples.lists) do
  describe("LuaSocket's " .. subject, function()
    for _, case in ipairs(cases) do
      it(case[1] .. ", by LuaSocket itself", function()
        if not (present and with_unix) then fixture.lacking("there is no LuaSocket") end
        assert.equal(case[3], examples.run(case, real, real_unix))
      end)
      it(case[1] .. ", by our interface", function()
        need(subject, case)
        assert.equal(expected(case), examples.run(case, ours, ours.unix))
      end)
      it(case[1] .. ", by our interface in a task", function()
        need(subject, case)
        assert.equal(expected(case), in_task(case))
      end)
    end
  end)
end

describe("a receive of ours with a timeout for each wait and one for the call", function()
  for _, endless in ipairs({math.huge, 9.2e9}) do
    it("keeps the second after a piece, where a wait may take " .. endless .. " seconds", function()
      loop.run(function()
        local server = assert(ours.bind("127.0.0.1", 0))
        local peer = assert(ours.connect("127.0.0.1", (select(2, server:getsockname()))))
        local client = assert(server:accept())
        server:close()
        client:settimeout(endless)
        client:settimeout(0.2, "t")
        local sender = loop.spawn(function()
          loop.sleep(0.01)
          assert(peer:send("ab"))
        end)
        local limit = loop.spawn(function()
          loop.sleep(30)
          peer:close()
        end)
        assert.same({nil, "timeout", "ab"}, {client:receive(6)})
        limit:cancel()
        sender:join()
        client:close()
        peer:close()
      end)
    end)
  end
end)

describe("a connect of ours that is cancelled", function()
  it("closes its descriptor at once, and not when it is collected", function()
    local address = fixture.silent()
    loop.run(function()
      local task = loop.spawn(ours.connect, address[1], address[2])
      loop.sleep(0) -- it begins, and waits
      local before = #fixture.settled_descriptors()
      collectgarbage("stop")
      task:cancel()
      pcall(task.join, task)
      local after = #fixture.descriptors()
      collectgarbage("restart")
      assert.equal(before - 1, after)
    end)
  end)
end)
