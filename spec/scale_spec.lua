-- Ten thousand conversations in one process.

local fixture = require "spec.fixture"

local DESCRIPTORS <const> = 12000

-- A role in a process that may open as many descriptors as the machine allows.
local function roomy(role, ...)
  local words = fixture.role(role, ...)
  local raised = { "sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", preload = true }
  table.move(words, 1, #words, #raised + 1, raised)
  return fixture.command(raised)
end

local function need_descriptors()
  fixture.need_command("sh")
  local limit = assert(io.popen("ulimit -Hn"))
  local text = limit:read("l")
  limit:close()
  if text ~= "unlimited" and tonumber(text) < DESCRIPTORS then
    fixture.lacking("a process may have no more than " .. text .. " descriptors")
  end
end

-- A server with its crowd: how many right answers there were, bytes a connection that waits (for
-- Lua, for the system), instructions a request.
local function run(idle, busy, rounds, own)
  fixture.need_no_sanitizer()
  local server = roomy("crowd_server", idle, busy, own and rounds)
  local port = server:line()
  local crowd = roomy("crowd", port, idle, own and 0 or busy, rounds)
  local lua, system = server.output:read("n", "n", "l")
  assert.equal("go", server:line())
  local right = tonumber(crowd:line() or crowd:errors())
  local requests, instructions = server.output:read("n", "n", "l")
  assert.equal(0, server:wait(), server:errors())
  assert.equal(0, crowd:wait(), crowd:errors())
  assert.equal(requests, own and rounds or right)
  return { right = right, lua = lua, system = system, instructions = instructions }
end

describe("a server with 10 000 idle connections and 1 000 busy ones", function()
  it("gives every answer, and an idle one with its task costs less than 2 KiB", function()
    need_descriptors()
    local result = run(10000, 1000, 5)
    assert.equal(5000, result.right)
    assert.is_true(result.lua < 2048, result.lua .. " bytes in Lua")
    assert.is_true(result.system < 2048, result.system .. " bytes of the process")
  end)
end)

describe("what a request costs", function()
  it("does not grow with the idle connections", function()
    need_descriptors()
    local few, many = run(100, 1, 500, true).instructions, run(10000, 1, 500, true).instructions
    assert.is_true(many < few * 1.2, ("%.1f instructions, not %.1f"):format(many, few))
  end)

  it("in system calls, neither", function()
    fixture.need_no_sanitizer()
    fixture.need_command("strace")
    local REQUESTS <const>, SLACK <const> = 300, 20
    for _, idle in ipairs({ 20, 500 }) do
      local path = fixture.path()
      local words = fixture.role("crowd_server", idle, 1)
      local traced = { "strace", "-c", "-U", "name,calls", "-o", path }
      table.move(words, 1, #words, #traced + 1, traced)
      local server = fixture.command(traced)
      local crowd = fixture.child("crowd", server:line(), idle, 1, REQUESTS)
      assert.equal(tostring(REQUESTS), crowd:line())
      server:rest()
      assert.equal(0, server:wait())
      local f <close> = assert(io.open(path))
      local calls = {}
      for call, count in f:read("a"):gmatch("([%w_]+) +(%d+)") do
        local name = call:gsub("^epoll_pwait$", "epoll_wait") -- what newer processors have of the two
        calls[name] = (calls[name] or 0) + tonumber(count)
      end
      -- a request may be there already, or be waited for: then one recv finds nothing
      local most = {
        recvfrom = 2 * REQUESTS + idle + SLACK,
        sendto = REQUESTS + SLACK,
        epoll_ctl = 2 * idle + SLACK,
        epoll_wait = 2 * REQUESTS + 2 * idle + SLACK,
      }
      for name, count in pairs(most) do
        assert.is_true(calls[name] <= count, ("%s: %d, not %d, with %d idle"):format(name, calls[name], count, idle))
      end
    end
  end)
end)
