-- Instructions and system calls of one operation: what does not depend on what else the machine does.
-- Compares them with those kept in counts.tsv, and says which got worse; see tools/counts.sh.

local contender = require "bench.contender"

local KEPT <const> = "bench/counts.tsv"
local ROOM <const> = 1.05

local ALL <const> = { "plain", "pysocket", "luasocket", "luv", "cqueues", "python" }

-- 'few' and 'many': the two counts of operations whose runs are compared.
local workloads <const> = {
  { name = "echo", role = "echo", contenders = ALL },
  {
    name = "ready",
    role = "source",
    contenders = { "plain", "pysocket", "pysocket-into", "luasocket", "cqueues", "python", "python-into" },
  },
  { name = "udp", role = "echo_datagrams", contenders = ALL },
  {
    name = "miss",
    role = "silent",
    contenders = { "plain", "pysocket", "protect", "luasocket", "luv", "cqueues", "python" },
  },
  { name = "connect", role = "acceptor", contenders = ALL, few = 200, many = 1200 },
  { name = "accept", role = "connector", contenders = ALL, few = 200, many = 1200 },
  { name = "lines", role = "lines", contenders = ALL, few = 16000, many = 80000 },
  {
    name = "tasks",
    role = "clients",
    size = 10,
    contenders = { "plain", "pysocket", "luv", "cqueues", "python-asyncio" },
  },
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
  local few, many = workload.few or 500, workload.many or 2500
  return (count(workload, start, many) - count(workload, start, few)) / (many - few)
end

-- }}

-- {{ Comparing

local function key(workload, name)
  return workload.name .. "\t" .. name
end

-- what was kept, by workload and contender
local function read_kept()
  local kept = {}
  for line in content(KEPT):gmatch("[^\n]+") do
    local workload, name, count, called = line:match("^(%S+)\t(%S+)\t(%S+)\t(%S+)$")
    if tonumber(count) then
      kept[workload .. "\t" .. name] = { instructions = tonumber(count), calls = tonumber(called) }
    end
  end
  return kept
end

-- Prints a row; true when something got worse.
local function compare(workload, name, found, kept)
  local remark = ""
  local function check(what, room)
    if not kept or not kept[what] then return end
    if found[what] > kept[what] * ROOM + room then
      remark = ("%s  WORSE: %s were %.2f"):format(remark, what, kept[what])
    elseif found[what] < kept[what] / ROOM - room then
      remark = ("%s  better: %s were %.2f"):format(remark, what, kept[what])
    end
  end
  check("instructions", 0)
  check("calls", 0.02)
  print(("%-14s %-16s %14.0f %10.2f%s"):format(workload.name, name, found.instructions, found.calls, remark))
  return remark:find("WORSE") ~= nil
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
  local kept, lines, worse = option.keep and {} or read_kept(), {}, false
  print(("%-14s %-16s %14s %10s"):format("one of", "", "instructions", "calls"))
  for _, workload in ipairs(workloads) do
    for _, name in ipairs(workload.contenders) do
      local start = contender.command(workload, name)
      local asked = not next(wanted) or wanted[workload.name]
      if start and asked and (option.all or ours(name)) then
        local found = {
          instructions = for_one(instructions, workload, start),
          calls = for_one(calls, workload, start),
        }
        worse = compare(workload, name, found, ours(name) and kept[key(workload, name)]) or worse
        if ours(name) then
          table.insert(lines, ("%s\t%.0f\t%.2f\n"):format(key(workload, name), found.instructions, found.calls))
        end
      end
    end
  end
  if option.keep then
    local file <close> = assert(io.open(KEPT, "w"))
    file:write("workload\tcontender\tinstructions\tcalls\n", table.concat(lines))
  end
  return not worse
end

os.exit(main(arg))
