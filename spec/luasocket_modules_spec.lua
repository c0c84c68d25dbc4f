-- The modules in Lua that come with LuaSocket and LuaSec, against servers that are not ours: each with LuaSocket itself, with ours,
-- and with ours in a task.

local certificates = require "spec.certificates"
local fixture = require "spec.fixture"
local ours = require "pysocket.luasocket"
local ways = require "spec.luasocket.ways"

local each_way, on_top, side_by_side = ways.each, ways.on_top, ways.side_by_side
local web_server = ways.web_server

teardown(certificates.remove)

describe("LuaSocket's http", function()
  each_way("gets a page", function(socket, unix)
    local http = on_top(socket, unix, "socket.http")
    local body, code, headers = http.request(web_server(1) .. "/page")
    assert.same({"a page", 200, "6"}, {body, code, headers["content-length"]})
  end)

  each_way("gets a page that is not there", function(socket, unix)
    local http = on_top(socket, unix, "socket.http")
    local body, code = http.request(web_server(1) .. "/nowhere")
    assert.same({"nothing", 404}, {body, code})
  end)

  each_way("follows a redirection", function(socket, unix)
    local http = on_top(socket, unix, "socket.http")
    assert.equal("a page", (http.request(web_server(1) .. "/moved")))
  end)

  each_way("gets chunks", function(socket, unix)
    local http = on_top(socket, unix, "socket.http")
    assert.equal("hello world", (http.request(web_server(1) .. "/chunks")))
  end)

  each_way("gets a megabyte into a sink", function(socket, unix)
    local http = on_top(socket, unix, "socket.http")
    local size = 0
    local function sink(piece)
      size = size + #(piece or "")
      return 1
    end
    http.request({url = web_server(1) .. "/big", sink = sink})
    assert.equal(1000000, size)
  end)

  each_way("posts", function(socket, unix)
    local http = on_top(socket, unix, "socket.http")
    assert.equal("A=1&B=2", (http.request(web_server(1) .. "/post", "a=1&b=2")))
  end)

  each_way("fails where nobody listens", function(socket, unix)
    local http = on_top(socket, unix, "socket.http")
    local refusing = fixture.refusing()
    assert.same({nil, "connection refused"}, {http.request("http://127.0.0.1:" .. refusing.port .. "/")})
  end)

  it("makes requests side by side in tasks of ours", function()
    local http = on_top(ours, ours.unix, "socket.http")
    local url, answers = web_server(10) .. "/together", {}
    side_by_side(10, function(i) answers[i] = http.request(url) end)
    assert.equal(("together "):rep(10), table.concat(answers, " ") .. " ")
  end)
end)

describe("LuaSec's https", function()
  before_each(function()
    if not ways.has_ssl then fixture.lacking("built without TLS") end
  end)

  local function secure_server(count)
    fixture.need_command("python3")
    local certificate, key = certificates.file("localhost.pem"), certificates.file("localhost.key")
    local words = {"python3", "spec/roles/http_server.py", tostring(count), certificate, key}
    return "https://127.0.0.1:" .. fixture.command(words):line()
  end

  each_way("gets a page", function(socket, unix)
    local https = on_top(socket, unix, "ssl.https")
    local body, code, headers = https.request(secure_server(1) .. "/page")
    assert.same({"a page", 200, "6"}, {body, code, headers["content-length"]})
  end)

  each_way("gets a megabyte", function(socket, unix)
    local https = on_top(socket, unix, "ssl.https")
    assert.equal(1000000, #https.request(secure_server(1) .. "/big"))
  end)

  each_way("posts", function(socket, unix)
    local https = on_top(socket, unix, "ssl.https")
    assert.equal("A=1&B=2", (https.request(secure_server(1) .. "/post", "a=1&b=2")))
  end)

  each_way("verifies where that is asked for", function(socket, unix)
    local https = on_top(socket, unix, "ssl.https")
    local url = secure_server(1) .. "/page"
    local function request(authority)
      return https.request({url = url, verify = "peer", cafile = certificates.file(authority)})
    end
    assert.same({nil, "certificate verify failed"}, {request("stranger.pem")})
    assert.equal(1, (request("authority.pem")))
  end)

  each_way("fails where the server has no TLS", function(socket, unix)
    local https = on_top(socket, unix, "ssl.https")
    assert.same({nil, "wrong version number"}, {https.request((web_server(1):gsub("^http", "https")))})
  end)

  it("makes requests side by side in tasks of ours", function()
    local https = on_top(ours, ours.unix, "ssl.https")
    local url, answers = secure_server(5) .. "/together", {}
    side_by_side(5, function(i) answers[i] = https.request(url) end)
    assert.equal(("together "):rep(5), table.concat(answers, " ") .. " ")
  end)
end)

-- A server of a module for Python that Debian has; Debian's Python finds it, another may not.
local function python_server(module, script, ...)
  for _, python in ipairs({"/usr/bin/python3", "python3"}) do
    if os.execute(("%s -c 'import %s' 2>/dev/null"):format(python, module)) then
      return fixture.command({python, "spec/roles/" .. script, ...})
    end
  end
  fixture.lacking("there is no module " .. module .. " for Python")
end

describe("LuaSocket's smtp", function()
  -- The server, and the fields of a message to it.
  local function mail(smtp, fields)
    local server = python_server("aiosmtpd", "mail_server.py")
    local all = {
      server = "127.0.0.1",
      port = server:line(),
      from = "<me@host.example>",
      rcpt = "<you@host.example>",
      source = smtp.message({headers = {subject = "news"}, body = "one\r\n.two\r\n"}),
    }
    for name, value in pairs(fields or {}) do all[name] = value end
    return server, all
  end

  each_way("sends a message", function(socket, unix)
    local smtp = on_top(socket, unix, "socket.smtp")
    local server, fields = mail(smtp)
    assert.equal(1, smtp.send(fields))
    local line = server:line()
    assert.truthy(line:find('"me@host.example", ["you@host.example"]', 1, true))
    assert.truthy(line:find([[\r\n\r\none\r\n.two\r\n]], 1, true))
  end)

  each_way("sends it to several, with a password", function(socket, unix)
    local smtp = on_top(socket, unix, "socket.smtp")
    local rcpt = {"<you@host.example>", "<they@host.example>"}
    local server, fields = mail(smtp, {rcpt = rcpt, user = "ada", password = "secret", domain = "there.example"})
    assert.equal(1, smtp.send(fields))
    local head = '["there.example", "ada", "me@host.example", ["you@host.example", "they@host.example"]'
    assert.equal(head, server:line():sub(1, #head))
  end)

  each_way("sends a megabyte in parts", function(socket, unix)
    local smtp = on_top(socket, unix, "socket.smtp")
    local count = 0
    local function body()
      count = count + 1
      return count <= 1000 and ("x"):rep(998) .. "\r\n" or nil
    end
    local server, fields = mail(smtp, {source = smtp.message({headers = {}, body = {{body = "a text"}, {body = body}}})})
    assert.equal(1, smtp.send(fields))
    assert.is_true(tonumber(server:line():match("], (%d+)")) > 1000000)
  end)

  each_way("says what the server refuses", function(socket, unix)
    local smtp = on_top(socket, unix, "socket.smtp")
    local _, fields = mail(smtp, {rcpt = "<nobody@host.example>"})
    assert.same({nil, "550 no such mailbox"}, {smtp.send(fields)})
    fields.rcpt, fields.user, fields.password = "<you@host.example>", "ada", "wrong"
    assert.same({nil, "535 5.7.8 Authentication credentials invalid"}, {smtp.send(fields)})
  end)

  each_way("fails where nobody listens", function(socket, unix)
    local smtp = on_top(socket, unix, "socket.smtp")
    local fields = {server = "127.0.0.1", port = fixture.refusing().port, from = "<me@host.example>"}
    assert.same({nil, "connection refused"}, {smtp.send(fields)})
  end)
end)

describe("LuaSocket's ftp", function()
  -- The address of a server, with a name and a password for it or not, of a folder with those files.
  local function server(files, user)
    local folder = fixture.folder()
    for name, text in pairs(files) do
      local file <close> = assert(io.open(folder .. "/" .. name, "wb"))
      file:write(text)
    end
    local port = python_server("pyftpdlib", "file_server.py", folder):line()
    return ("ftp://%s127.0.0.1:%s/"):format(user and "ada:secret@" or "", port), folder
  end

  local BIG <const> = ("0123456789"):rep(100000)

  each_way("gets files", function(socket, unix)
    local ftp = on_top(socket, unix, "socket.ftp")
    local url = server({text = "hello\n", big = BIG})
    assert.equal("hello\n", ftp.get(url .. "text;type=i"))
    assert.is_true(ftp.get(url .. "big;type=i") == BIG)
  end)

  each_way("puts files", function(socket, unix)
    local ftp = on_top(socket, unix, "socket.ftp")
    local url, folder = server({}, true)
    assert.equal(5, ftp.put(url .. "small;type=i", "hello"))
    assert.equal(1000000, ftp.put(url .. "big;type=i", BIG))
    local file <close> = assert(io.open(folder .. "/big", "rb"))
    assert.is_true(file:read("a") == BIG)
  end)

  each_way("lists a folder", function(socket, unix)
    local ftp = on_top(socket, unix, "socket.ftp")
    local names = {}
    local url = server({one = "1", two = "2"})
    assert.equal(1, ftp.get({url = url, command = "nlst", sink = function(piece)
      names[#names + 1] = piece
      return 1
    end}))
    local found = {}
    for name in table.concat(names):gmatch("%w+") do found[name] = true end
    assert.same({one = true, two = true}, found)
  end)

  each_way("gives commands", function(socket, unix)
    local ftp = on_top(socket, unix, "socket.ftp")
    local url = server({one = "1"}, true)
    assert.equal(1, ftp.command({url = url, command = "dele", argument = "one", check = 250}))
    local _, err = ftp.command({url = url, command = "dele", argument = "one", check = 250})
    assert.equal("550", err:sub(1, 3))
  end)

  each_way("says what the server refuses", function(socket, unix)
    local ftp = on_top(socket, unix, "socket.ftp")
    local url = server({})
    local body, err = ftp.get(url .. "nothing;type=i")
    assert.is_nil(body)
    assert.equal("550", err:sub(1, 3))
    local sent, reason = ftp.put(url .. "file;type=i", "x")
    assert.is_nil(sent)
    assert.equal("550", reason:sub(1, 3))
  end)

  it("moves files in tasks of ours side by side", function()
    local ftp = on_top(ours, ours.unix, "socket.ftp")
    local url = server({one = BIG, two = BIG:reverse()})
    local got = {}
    side_by_side(2, function(i) got[i] = ftp.get(url .. (i == 1 and "one" or "two") .. ";type=i") end)
    assert.is_true(got[1] == BIG and got[2] == BIG:reverse())
  end)
end)
