-- Measures the workloads and prints what it found: see tools/bench.sh. Every contender has its turn in
-- every round, so that what else the machine does meets all of them alike; each number is the median
-- of the rounds, less that of runs which only start and connect.

local contender = require "bench.contender"
local workloads = require "bench.workloads"

-- those who are no peer to compare with
local NO_PEER <const> = {
  plain = true,
  batched = true,
  floor = true,
  pysocket = true,
  ["pysocket-hand"] = true,
  ["pysocket-into"] = true,
  protect = true,
  ["pysocket-luasocket"] = true,
  ["pysocket-luasec"] = true,
  ["pysocket-luv"] = true,
  ["pysocket-cqueues"] = true,
}

-- for what memory is needed, not what garbage may heap up
local TIDY <const> = "LUA_INIT_5_4='collectgarbage(\"setpause\", 105)' "

-- {{ Running

-- Wall time, processor time (both in seconds) and memory (in bytes) of one run; nil when it failed.
local function run(workload, command, count, size)
  local line = (workload.memory and TIDY or "") .. contender.run(workload, command, count, size)
  local pipe <close> = assert(io.popen(line))
  local wall, cpu, memory = pipe:read("n", "n", "n")
  if pipe:close() and memory then return { wall = wall, cpu = cpu, memory = memory * 1024 } end
  io.stderr:write("failed: ", line, "\n")
  return nil
end

-- Adds the numbers of one run to a row; one that has failed is left alone from then on.
local function add(row, samples, sample)
  row.failed = row.failed or not sample
  if row.failed then return end
  for name, value in pairs(sample) do
    samples[name] = samples[name] or {}
    table.insert(samples[name], value)
  end
end

local function median(values)
  if not values then return nil end
  table.sort(values)
  local n = #values
  return (values[(n + 1) // 2] + values[n // 2 + 1]) / 2
end

local function difference(full, bare, name, divisor)
  local a, b = median(full[name]), median(bare[name])
  return a and b and (a - b) / divisor
end

-- A row for each contender: what one operation takes.
local function measure(workload, rounds, scale)
  local count = math.max(workload.count, workload.per_start and 1 or workload.count * scale // 1 | 0)
  count = workload.memory and workload.count or count
  local size, rows = workload.size, {}
  for _, name in ipairs(workload.contenders) do
    local command = contender.command(workload, name)
    if command then
      table.insert(rows, { contender = name, command = command, full = {}, bare = {} })
    end
  end
  for round = 1, rounds do
    for _, row in ipairs(rows) do
      if not row.failed then
        add(row, row.full, run(workload, row.command, count, size))
      end
      -- these vary less: every other round will do
      if not row.failed and round % 2 == 1 then
        add(row, row.bare, run(workload, row.command, 0, workload.least_size or size))
      end
    end
  end
  local divisor = workload.per_start and size or workload.memory and (workload.least_size and size or count) or count
  for _, row in ipairs(rows) do
    row.wall = difference(row.full, row.bare, "wall", divisor)
    row.cpu = difference(row.full, row.bare, "cpu", divisor)
    row.memory = difference(row.full, row.bare, "memory", divisor)
  end
  return rows
end

-- }}

-- {{ Reporting

local function value_of(workload, row)
  if workload.memory then return row.memory end
  return row.cpu
end

local function plain_value(workload, rows)
  for _, row in ipairs(rows) do
    if row.contender == "plain" then return value_of(workload, row) end
  end
end

local function best_peer(workload, rows)
  local best
  for _, row in ipairs(rows) do
    local value = value_of(workload, row)
    if not NO_PEER[row.contender] and value then
      best = math.min(best or value, value)
    end
  end
  return best
end

local function ratio(value, base)
  return value and base and base > 0 and ("%.2f"):format(value / base) or "-"
end

-- a time in a unit that suits it
local function time_text(seconds)
  if not seconds then return "failed" end
  if seconds >= 1e-3 then return ("%.2f ms"):format(seconds * 1e3) end
  if seconds >= 1e-6 then return ("%.2f us"):format(seconds * 1e6) end
  return ("%.0f ns"):format(seconds * 1e9)
end

local function report(workload, rows, tsv)
  local plain, best = plain_value(workload, rows), best_peer(workload, rows)
  print(("\n%s (%s)"):format(workload.title, workload.name))
  print(("  %-18s %12s %12s %8s %10s"):format(
    "", workload.memory and "bytes" or "processor", workload.memory and "" or "wall", "to C", "to peer"
  ))
  for _, row in ipairs(rows) do
    local value = value_of(workload, row)
    local shown = workload.memory and (value and ("%.0f"):format(value) or "failed") or time_text(value)
    local wall = workload.memory and "" or time_text(row.wall)
    print(("  %-18s %12s %12s %8s %10s"):format(row.contender, shown, wall, ratio(value, plain), ratio(value, best)))
    if value then
      local unit = workload.memory and 1 or 1e9
      tsv:write(table.concat({
        workload.name,
        workload.title,
        row.contender,
        workload.memory and "bytes" or "ns",
        ("%.1f"):format(value * unit),
        workload.memory and "-" or ("%.1f"):format(row.wall * 1e9),
        ratio(value, plain),
        ratio(value, best),
      }, "\t"), "\n")
    end
  end
end

-- }}

-- What one command prints, on one line.
local function said(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read("a"):match("^(.-)%s*$")
end

local function report_machine()
  local model = said("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | uniq -c")
  local call = said(contender.peer .. " call")
  local text = "%s; %s; a bare system call takes %s ns"
  print(text:format(model:match("%S.*") or "?", said("uname -sr"), call))
end

local function main(arguments)
  local wanted, rounds, scale = {}, 5, 1
  for _, word in ipairs(arguments) do
    local name, value = word:match("^(%l+)=(.+)$")
    if name == "rounds" then
      rounds = assert(math.tointeger(tonumber(value)), "rounds=N")
    elseif name == "scale" then
      scale = assert(tonumber(value), "scale=N")
    else
      wanted[word] = true
    end
  end
  report_machine()
  -- what was measured in one run, whole
  local tsv <close> = assert(io.open(next(wanted) and "/dev/null" or "bench/results.tsv", "w"))
  tsv:write("workload\ttitle\tcontender\tunit\tprocessor\twall\tto_c\tto_peer\n")
  for _, workload in ipairs(workloads) do
    if not next(wanted) or wanted[workload.name] then
      report(workload, measure(workload, rounds, scale), tsv)
      tsv:flush()
    end
  end
end

main(arg)
