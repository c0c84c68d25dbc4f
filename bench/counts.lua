-- Instructions and system calls of one operation: what does not depend on what else the machine does.
-- Compares them with those kept in counts.tsv, and says which got worse; see tools/counts.sh. Another
-- Lua, C library or compiler counts otherwise: the numbers are compared where they were kept by the same.

local contender = require "bench.contender"

local KEPT <const> = "bench/counts.tsv"
local ROOM <const> = 1.05
local TRIES <const> = 3 -- a table's collisions, and so its cost, differ from run to run

local ALL <const> = { "plain", "floor", "pysocket", "luasocket", "luv", "cqueues", "python" }

-- 'few' and 'many': the two counts of operations whose runs are compared. After 'few' the collector is done
-- with what the start left behind, and so many more see enough of its cycles that one less does not matter.
local workloads <const> = {
  { name = "echo", role = "echo", contenders = ALL },
  {
    name = "ready",
    role = "source",
    contenders = { "plain", "floor", "pysocket", "pysocket-into", "luasocket", "cqueues", "python", "python-into" },
  },
  { name = "udp", role = "echo_datagrams", contenders = ALL },
  {
    name = "miss",
    role = "silent",
    contenders = { "plain", "floor", "pysocket", "protect", "luasocket", "luv", "cqueues", "python" },
  },
  { name = "connect", role = "acceptor", contenders = ALL, few = 1200, many = 6200 },
  { name = "accept", role = "connector", contenders = ALL, few = 1200, many = 6200 },
  { name = "lines", role = "lines", contenders = ALL, few = 16000, many = 80000 },
  {
    name = "read_line",
    role = "lines",
    contenders = { "pysocket", "luasocket", "cqueues", "python", "python-asyncio" },
    few = 16000,
    many = 80000,
  },
  { name = "read_text", role = "lines", contenders = { "pysocket", "python" }, few = 16000, many = 80000 },
  { name = "redis", role = "commands", contenders = { "pysocket", "luasocket", "luv", "cqueues", "python", "python-asyncio" } },
  {
    name = "write_line",
    role = "sink",
    contenders = { "pysocket", "luasocket", "cqueues", "python", "python-asyncio" },
    few = 16000,
    many = 80000,
  },
  {
    name = "http",
    role = "browsers",
    size = 64,
    contenders = { "pysocket", "pysocket-hand", "luv", "cqueues", "copas", "python-asyncio" },
  },
  {
    name = "tasks",
    role = "clients",
    size = 10,
    contenders = { "plain", "pysocket", "luv", "cqueues", "python-asyncio" },
  },
  -- in one process, so that every message is waited for: see 'tasks' for what is there already
  { name = "wait", role = "nobody", size = 1, contenders = { "pysocket", "pysocket-timeout" } },
  {
    name = "require",
    role = "nobody",
    size = 1,
    few = 0,
    many = 1,
    contenders = { "pysocket", "luasocket", "luv", "cqueues", "python" },
  },
}

-- {{ Counting

local function succeed(line)
  local pipe <close> = assert(io.popen(line .. " 2>&1"))
  local output = pipe:read("a")
  if not pipe:close() then error(line .. "\n" .. output, 0) end
end

local function content(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

-- Runs the contender under a tool that writes to a file, and takes the number out of that.
local function count_with(tool, read, workload, start, count)
  local path = os.tmpname()
  local _ <close> = setmetatable({}, { __close = function() os.remove(path) end })
  succeed(contender.run(workload, tool:format(path) .. " " .. start, count, workload.size))
  return read(content(path))
end

local function instructions(workload, start, count)
  local tool = "valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file=%s"
  return count_with(tool, function(text)
    return assert(tonumber(text:match("Collected : (%d+)")), text)
  end, workload, start, count)
end

local function calls(workload, start, count)
  return count_with("strace -f -c -U calls,name -o %s", function(text)
    return assert(tonumber(text:match("(%d+)%s+total")), text)
  end, workload, start, count)
end

local function for_one(count, workload, start)
  local few, many = workload.few or 2000, workload.many or 12000
  return (count(workload, start, many) - count(workload, start, few)) / (many - few)
end

-- }}

-- {{ Comparing

local function key(workload, name)
  return workload.name .. "\t" .. name
end

local function output(line)
  local pipe <close> = assert(io.popen(line .. " 2>&1"))
  return (pipe:read("a"):gsub("%s+", " "))
end

-- what the numbers depend on
local function surroundings()
  local lua = os.getenv("BENCH_LUA")
  return output(("uname -m; %s -v; getconf GNU_LIBC_VERSION; cc -dumpfullversion"):format(lua))
end

-- what was kept, by workload and contender; and where
local function read_kept()
  local kept, place = {}, nil
  for line in content(KEPT):gmatch("[^\n]+") do
    local workload, name, count, called = line:match("^(%S+)\t(%S+)\t(%S+)\t(%S+)$")
    if tonumber(count) then
      kept[workload .. "\t" .. name] = { instructions = tonumber(count), calls = tonumber(called) }
    end
    place = place or line:match("^# (.*)")
  end
  return kept, place
end

local kinds <const> = {
  { name = "instructions", count = instructions, room = 0 },
  { name = "calls", count = calls, room = 0.02 },
}

-- Counts, again where it seems worse than it was, and prints a row; also returns whether it is.
local function compare(workload, name, start, kept)
  local found, remark, worse = {}, "", false
  for _, kind in ipairs(kinds) do
    local was = kept and kept[kind.name]
    local least = math.huge
    for _ = 1, TRIES do
      least = math.min(least, for_one(kind.count, workload, start))
      if not was or least <= was * ROOM + kind.room then break end
    end
    found[kind.name] = least
    if was and least > was * ROOM + kind.room then
      remark = ("%s  WORSE: %s were %.2f"):format(remark, kind.name, was)
      worse = true
    elseif was and least < was / ROOM - kind.room then
      remark = ("%s  better: %s were %.2f"):format(remark, kind.name, was)
    end
  end
  print(("%-14s %-16s %14.0f %10.2f%s"):format(workload.name, name, found.instructions, found.calls, remark))
  return found, worse
end

local function ours(name)
  return name:find("^pysocket") or name == "protect"
end

-- }}

-- 'all': the other contenders too; 'keep': from now on these are the numbers to compare with
local function main(arguments)
  local option, wanted = {}, {}
  for _, word in ipairs(arguments) do
    if word == "all" or word == "keep" then
      option[word] = true
    else
      wanted[word] = true
    end
  end
  local kept, place = read_kept()
  local here = surroundings()
  if option.keep or place ~= here then kept = {} end
  local lines, worse = { "# " .. here .. "\n", "workload\tcontender\tinstructions\tcalls\n" }, false
  print(("%-14s %-16s %14s %10s"):format("one of", "", "instructions", "calls"))
  for _, workload in ipairs(workloads) do
    for _, name in ipairs(workload.contenders) do
      local start = contender.command(workload, name)
      local asked = not next(wanted) or wanted[workload.name]
      if start and asked and (option.all or ours(name)) then
        local found, grew = compare(workload, name, start, ours(name) and kept[key(workload, name)])
        worse = worse or grew
        if ours(name) then
          table.insert(lines, ("%s\t%.0f\t%.2f\n"):format(key(workload, name), found.instructions, found.calls))
        end
      end
    end
  end
  if option.keep then
    local file <close> = assert(io.open(KEPT, "w"))
    file:write(table.concat(lines))
  elseif place ~= here then
    print("not compared: the numbers were kept with " .. place .. ", not " .. here)
  end
  return not worse
end

os.exit(main(arg))
