-- A game: 60 frames a second, in each of which the network has 2 ms.

local fixture = require "spec.fixture"

local CLIENTS <const>, REQUESTS <const> = 200, 20

-- Runs the frame loop under that command until the clients are served; its numbers.
local function run(prefix)
  fixture.need_no_sanitizer()
  local network = fixture.network({ dns = true, hole = true })
  local words = fixture.role("frames", CLIENTS, REQUESTS)
  table.move(words, 1, #words, #prefix + 1, prefix)
  local game = network:command(prefix)
  local players = network:child("players", game:line(), CLIENTS, REQUESTS)
  local frames, requests, longest, slept = game.output:read("n", "n", "n", "n", "l")
  assert.equal(CLIENTS * REQUESTS, requests, game:errors())
  assert.equal(0, players:wait(), players:errors())
  game:rest()
  assert.equal(0, game:wait(), game:errors())
  return { frames = frames, longest = longest, slept = slept }
end

describe("step, while a lookup hangs and a client connects to a dead address", function()
  it("never sleeps", function()
    local result = run({})
    assert.is_true(result.frames >= REQUESTS)
    assert.is_true(result.slept <= 2, result.slept .. " times") -- a lock of a resolver's thread
    if os.getenv("PYSOCKET_FIGURES") then
      print(("%d frames, at most %.2f ms inside step"):format(result.frames, result.longest))
    end
  end)

  it("asks the kernel for nothing that waits", function()
    fixture.need_command("strace")
    local path = fixture.path()
    run({ "strace", "-o", path, "-e", "trace=poll,ppoll,epoll_wait,epoll_pwait,connect,accept4,write,writev" })
    local inside, calls, waits, connects = false, 0, {}, {}
    for line in io.lines(path) do
      if line:find('^writev?%(2, .-"step') then
        inside = true
      elseif line:find('^writev?%(2, .-"rest') then
        inside = false
      elseif inside and line:find("^e?p?poll") then
        calls = calls + 1
        local none = line:find(", 0%) +=") or line:find("{tv_sec=0, tv_nsec=0}", 1, true)
        if not none and not line:find(", 0, NULL, %d+%) +=") then waits[#waits + 1] = line end
      elseif line:find("^connect") and line:find("192.0.2.1", 1, true) then
        connects[#connects + 1] = line:match("= (.*)$"):match("E%u+")
      end
    end
    assert.is_true(calls > 0)
    assert.same({}, waits)
    assert.is_true(#connects > 0)
    for _, outcome in ipairs(connects) do assert.equal("EINPROGRESS", outcome) end
  end)
end)
