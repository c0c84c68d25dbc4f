-- A binary heap of timers: tables with `at` (when) and `place` (the heap's: where in it, or false).
-- The earliest is timers[1]; adding and removing one costs the logarithm of their number. Both
-- fields have to be there before: then adding does all or, where there is no memory, nothing.

local Heap = {}

local function put(heap, timer, place)
  heap[place] = timer
  timer.place = place
end

local function up(heap, timer, place)
  while place > 1 do
    local parent = place // 2
    if heap[parent].at <= timer.at then break end
    put(heap, heap[parent], place)
    place = parent
  end
  put(heap, timer, place)
end

local function down(heap, timer, place)
  local n = #heap
  while true do
    local child = 2 * place
    if child > n then break end
    if child < n and heap[child + 1].at < heap[child].at then child = child + 1 end
    if heap[child].at >= timer.at then break end
    put(heap, heap[child], place)
    place = child
  end
  put(heap, timer, place)
end

function Heap.add(heap, timer)
  up(heap, timer, #heap + 1)
end

-- Harmless for a timer that is not in it.
function Heap.remove(heap, timer)
  local place = timer.place
  if not place then return end
  timer.place = false
  local last = heap[#heap]
  heap[#heap] = nil
  if last == timer then return end
  if place > 1 and heap[place // 2].at > last.at then
    up(heap, last, place)
  else
    down(heap, last, place)
  end
end

-- The timers of a heap that was left in the midst of a change: each once, in any order. More may be
-- appended, until `order` makes it a heap again. None of it takes memory but to append.
function Heap.tidy(heap)
  local n, count = 0, 0
  for i, timer in pairs(heap) do
    timer.place = false
    n = math.max(n, i)
  end
  for i = 1, n do
    local timer = heap[i]
    if timer and not timer.place then
      count = count + 1
      put(heap, timer, count)
    end
  end
  for i = n, count + 1, -1 do heap[i] = nil end
end

function Heap.append(heap, timer)
  put(heap, timer, #heap + 1)
end

local function earlier(a, b)
  return a.at < b.at
end

function Heap.order(heap)
  table.sort(heap, earlier)
  for place, timer in ipairs(heap) do timer.place = place end
end

return Heap
