-- What the specs of the loop's tools share: tasks that wait.

local loop = require "pysocket.loop"

local tasks = {}

-- Lets all other tasks wait, or end.
function tasks.settle()
  for _ = 1, 6 do loop.sleep(0) end
end

-- A task that waits already.
function tasks.waiting(f, ...)
  local task = loop.spawn(f, ...)
  tasks.settle()
  assert(task:status() == "waiting")
  return task
end

-- A test that runs as a task, and fails where it waits for ever.
function tasks.in_task(f)
  return function() loop.run(loop.timeout_after, 30, f) end
end

return tasks
