-- Programs that are written for LuaSocket, against servers that are not ours: each with LuaSocket
-- itself, with ours, and with ours in a task.

local Debugger = require "spec.luasocket.debugger"
local Mqtt = require "spec.luasocket.mqtt"
local Postgres = require "spec.luasocket.postgres"
local Redis = require "spec.luasocket.redis"
local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local ours = require "pysocket.luasocket"
local pysocket = require "pysocket"
local ways = require "spec.luasocket.ways"

local each_way, on_top, side_by_side = ways.each, ways.on_top, ways.side_by_side

teardown(certificates.remove)

-- A server that listens at a path once it runs: a new connection to it.
local function connected(socket, unix, server, path)
  local conn
  repeat
    conn = unix.stream()
    conn:settimeout(30)
    local ok = conn:connect(path)
    assert.is_nil(server:errors():find("[Ee]rror"))
    if not ok then socket.select(nil, nil, 0.01) end
  until ok
  return conn
end

describe("a client of Redis", function()
  local function redis(socket, unix)
    fixture.need_command("redis-server")
    local path = fixture.path()
    local words = {"redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", "/tmp"}
    local server = fixture.command(words)
    return function() return Redis.new(connected(socket, unix, server, path)) end
  end

  each_way("sets and gets", function(socket, unix)
    local db = redis(socket, unix)()
    assert.equal("OK", db:call("SET", "key", "a\r\nvalue"))
    assert.equal("a\r\nvalue", db:call("GET", "key"))
    assert.is_nil((db:call("GET", "other")))
    assert.same({nil, "ERR value is not an integer or out of range"}, {db:call("INCR", "key")})
  end)

  each_way("sends commands ahead", function(socket, unix)
    local db = redis(socket, unix)()
    for i = 1, 500 do db:send("RPUSH", "list", i) end
    for i = 1, 500 do assert.equal(i, db:answer()) end
    local list = db:call("LRANGE", "list", 0, -1)
    assert.same({500, "1", "500"}, {#list, list[1], list[500]})
  end)

  each_way("moves a megabyte", function(socket, unix)
    local db = redis(socket, unix)()
    local value = ("0123456789"):rep(100000)
    db:call("SET", "key", value)
    assert.is_true(db:call("GET", "key") == value)
  end)

  it("waits in a task of ours while another pushes", function()
    local open = redis(ours, ours.unix)
    local waiting, got = open(), nil
    side_by_side(2, function(i)
      if i == 1 then got = waiting:call("BLPOP", "queue", 30) else open():call("RPUSH", "queue", "job") end
    end)
    assert.same({"queue", "job"}, got)
  end)
end)

describe("a client of PostgreSQL", function()
  local folder

  teardown(function()
    if folder then os.execute("rm -rf " .. fixture.quote(folder)) end
  end)

  -- The folder of the programs: Debian's is not on the path.
  local function programs()
    local found <close> = io.popen("ls -d /usr/lib/postgresql/*/bin 2>/dev/null; dirname $(command -v initdb) 2>/dev/null")
    for line in found:lines() do
      if fixture.has_command(line .. "/initdb") and fixture.has_command(line .. "/postgres") then return line end
    end
    fixture.lacking("there is no PostgreSQL")
  end

  -- The command as that of a user without privileges: PostgreSQL runs for no other.
  local function unprivileged(words)
    if not fixture.is_root() then return words end
    fixture.need_command("setpriv")
    local all = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
    return table.move(words, 1, #words, #all + 1, all)
  end

  local function run(words)
    local child = fixture.command(unprivileged(words))
    local said = child.output:read("a")
    if said ~= "" then error(said .. child:errors(), 0) end
  end

  local function make_cluster(bin)
    if folder then return end
    folder = fixture.path()
    assert(os.execute(("mkdir -m 777 %s"):format(fixture.quote(folder))))
    local words = {bin .. "/initdb", "-D", folder .. "/data", "-A", "trust", "-U", "me", "--no-sync", "--no-locale"}
    run({"sh", "-c", 'cd /; out=$("$@" 2>&1) || echo "$out"', "sh", table.unpack(words)})
  end

  -- A function that makes clients of a new server.
  local function postgres(socket, unix)
    local bin = programs()
    make_cluster(bin)
    local server = fixture.command(unprivileged({bin .. "/postgres", "-D", folder .. "/data", "-k", folder, "-F",
      "-c", "listen_addresses=", folder = "/"}))
    while not server:errors():find("ready to accept connections", 1, true) do
      assert.is_nil(server:errors():find("FATAL", 1, true))
      socket.select(nil, nil, 0.05)
    end
    return function() return Postgres.new(connected(socket, unix, server, folder .. "/.s.PGSQL.5432"), "me", "postgres") end
  end

  each_way("queries", function(socket, unix)
    local db = postgres(socket, unix)()
    assert.same({{n = "1", t = "one"}, {n = "2"}}, db:query("select * from (values (1, 'one'), (2, null)) as v (n, t)"))
    local rows, err = db:query("select * from nowhere")
    assert.same({nil, 'relation "nowhere" does not exist'}, {rows, err})
    assert.equal(300000, #db:query("select repeat('x', 300000) as t")[1].t)
    assert.equal(1000, #db:query("select generate_series(1, 1000)"))
    db:close()
  end)

  it("waits in ten tasks of ours at the same time", function()
    local open, running, most = postgres(ours, ours.unix), 0, 0
    side_by_side(10, function()
      local db = open()
      running = running + 1
      most = math.max(most, running)
      db:query("select pg_sleep(0.5)")
      running = running - 1
      db:close()
    end)
    assert.equal(10, most)
  end)
end)

describe("a client of MQTT", function()
  each_way("publishes and is published to", function(socket, unix)
    if not fixture.has_command("/usr/sbin/mosquitto") then fixture.lacking("there is no mosquitto") end
    local path = fixture.path()
    local user = fixture.is_root() and "user root\n" or ""
    local conf = fixture.file(("listener 0 %s\nallow_anonymous true\nlog_dest none\n%s"):format(path, user))
    local server = fixture.command({"/usr/sbin/mosquitto", "-c", conf})
    local reader = Mqtt.new(connected(socket, unix, server, path), "reader")
    local writer = Mqtt.new(connected(socket, unix, server, path), "writer")
    reader:subscribe("news/#")
    writer:publish("news/today", "hello")
    writer:publish("news/big", ("x"):rep(200000))
    assert.same({"news/today", "hello"}, {reader:receive()})
    local topic, text = reader:receive()
    assert.same({"news/big", 200000}, {topic, #text})
  end)
end)

describe("a remote debugger", function()
  -- At its line 3 the total grows, and line 5 is repeated until the controller ends that.
  local function program(count)
    local total, done = 0, false
    for i = 1, count do
      total = total + i
    end
    while not done do end
    return total
  end

  each_way("pauses, tells of variables, sets them and goes on", function(socket)
    fixture.need_command("python3")
    local controller = fixture.command({"python3", "spec/roles/controller.py"})
    local debugger = Debugger.new(socket, "127.0.0.1", controller:line())
    assert.equal(106, debugger:run(program, 3))
    local answers = {
      "200 OK", "200 OK", "202 Paused program 3", -- SETB, RUN
      "200 OK 1 0", "200 OK 3 nil", -- EXEC: the total, which becomes 100
      "401 Error in Expression 37 command:1: unexpected symbol near ')'", "400 Bad Request",
      "200 OK 0", "200 OK 1 7", "200 OK", -- LOAD, what has been loaded, DELB
      "200 OK", "202 Paused program 2", "200 OK 3 101", -- STEP
      "200 OK", "202 Paused program 5", "200 OK 3 nil", "200 OK", "end", -- RUN, SUSPEND, RUN
    }
    local suspended = "202 Paused program [235](\n200 OK 3 nil\n200 OK\nend\n)$" -- whichever line it was at
    local given = controller:rest():gsub(suspended, "202 Paused program 5%1")
    assert.equal(table.concat(answers, "\n") .. "\n", given)
  end)

  -- Lua cannot yield out of a hook: what waits there lets other tasks run nevertheless.
  it("lets the controller run that is a task of the same loop", function()
    local server = assert(ours.bind("127.0.0.1", 0))
    local host, port = server:getsockname()
    local answers, total = {}, nil
    side_by_side(2, function(i)
      if i == 1 then
        total = Debugger.new(ours, host, port):run(program, 4)
        return
      end
      local conn = assert(server:accept())
      for _, command in ipairs({"SETB 5", "RUN", "wait", "EXEC done = true", "DONE"}) do
        if command ~= "wait" then conn:send(command .. "\n") end
        answers[#answers + 1] = conn:receive()
      end
    end)
    assert.same({10, "202 Paused program 5"}, {total, answers[3]})
  end)
end)

describe("copas", function()
  local function echo(socket, unix)
    package.loaded.coxpcall = {pcall = pcall, xpcall = xpcall, running = coroutine.running} -- what it is on Lua 5.4
    local copas = on_top(socket, unix, "copas", "/usr/share/lua/5.2/copas.lua")
    local server = assert(socket.bind("127.0.0.1", 0))
    local host, port = server:getsockname()
    local answers, count = {}, 0
    copas.addserver(server, function(conn)
      copas.send(conn, copas.receive(conn):upper() .. "\n")
      conn:close()
    end)
    for i = 1, 10 do
      copas.addthread(function()
        local conn = socket.tcp()
        assert(copas.connect(conn, host, tonumber(port)))
        copas.send(conn, "line " .. i .. "\n")
        answers[i] = copas.receive(conn, "*l")
        count = count + 1
        conn:close()
      end)
    end
    local patience = os.time() + 30
    while count < 10 and os.time() < patience do copas.step(1) end
    server:close()
    for i = 1, 10 do assert.equal("LINE " .. i, answers[i]) end
  end

  each_way("serves and connects", echo)
end)

describe("LuaSocket's interface in programs of other schedulers", function()
  -- Three requests that are answered when all of them have come, in coroutines of that scheduler.
  local function together(library, name, run)
    fixture.need_module(library)
    local http = on_top(ours, ours.unix, "socket.http")
    local url, answers = ways.web_server(3) .. "/together", {}
    local controller = name == "cqueues" and require("cqueues").new() or nil
    local scheduler = require("pysocket.schedulers." .. name).new(controller)
    fixture.defer(pysocket.setscheduler, (pysocket.setscheduler(scheduler)))
    for i = 1, 3 do
      scheduler:spawn(function() answers[i] = http.request(url) end)
    end
    run(controller)
    assert.same({"together", "together", "together"}, answers)
  end

  it("luv's: requests are made side by side", function()
    together("luv", "luv", function() require("luv").run() end)
  end)

  it("cqueues': requests are made side by side", function()
    together("cqueues", "cqueues", function(controller) assert(controller:loop()) end)
  end)
end)

describe("LuaSec itself over our objects", function()
  it("does the handshake, sends and receives", function()
    local there, ssl = pcall(require, "ssl")
    if not there then fixture.lacking("there is no LuaSec") end
    local server = assert(ours.bind("127.0.0.1", 0))
    local host, port = server:getsockname()
    local plain = assert(ours.connect(host, port))
    local a = assert(ssl.wrap(plain, {mode = "client", protocol = "any", verify = "none"}))
    local b = assert(ssl.wrap(assert(server:accept()), {
      mode = "server",
      protocol = "any",
      key = certificates.file("localhost.key"),
      certificate = certificates.file("localhost.pem"),
    }))
    assert.equal(-1, plain:getfd()) -- LuaSec has the descriptor now
    a:settimeout(0)
    b:settimeout(0)
    local patience = os.time() + 30
    local done_a, done_b
    repeat
      done_a = done_a or a:dohandshake()
      done_b = done_b or b:dohandshake()
    until done_a and done_b or os.time() > patience
    a:settimeout(30)
    b:settimeout(30)
    a:send("over TLS\n")
    assert.equal(1, #ours.select({b}, nil, 30)) -- ours selects LuaSec's objects, too
    assert.equal("over TLS", (b:receive("*l")))
    a:close()
    b:close()
  end)
end)
