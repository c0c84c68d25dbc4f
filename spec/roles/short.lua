-- short HOW: waits a quarter of a millisecond for nothing. Prints whether it took as long.

local select = require "pysocket.select"
local socket = require "pysocket"

local QUARTER <const> = 0.00025

local ways = {
  select = function() return select.select({}, {}, {}, QUARTER) end,
  poll = function() return select.poll():poll(QUARTER * 1000) end,
  epoll = function()
    local epoll <close> = select.epoll()
    return epoll:poll(QUARTER)
  end,
  recv = function()
    local a <close>, b = socket.socketpair()
    a:settimeout(QUARTER)
    return pcall(a.recv, a, 1), b
  end,
}

local wait = ways[...]
local start = socket.monotonic()
wait()
print(socket.monotonic() - start >= QUARTER)
