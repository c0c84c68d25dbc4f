-- The script of each thread of threads.c: sends back lines, preceded by the number of the thread.

local loop = require "pysocket.loop"

local number, listener, wait_for_end = ...
local served = 0

local function serve(conn)
  served = served + 1
  local file <close> = conn:makefile("rw")
  for line in file:lines() do
    file:write(number, " ", line, "\n")
    file:flush()
  end
end

loop.run(function()
  loop.serve(listener, serve)
  wait_for_end() -- the end of the function cancels the other tasks
end)
io.write(("worker %d served %d\n"):format(number, served)) -- in one piece: the threads share stdout
