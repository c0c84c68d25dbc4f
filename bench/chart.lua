-- What chart.gp draws, out of results.tsv: a line for each workload, a column for each contender.

local input <const>, output <const> = arg[1], arg[2]

local NAMES <const> = { "floor", "pysocket", "luasocket", "luv", "cqueues", "python" }
local SAME <const> = { ["python-asyncio"] = "python" }
local APART <const> = { adapters = true } -- it compares us with ourselves

local order, titles, ratios = {}, {}, {}
for line in io.lines(input) do
  local workload, title, contender, ratio =
    line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)\t")
  if tonumber(ratio) and not APART[workload] then
    if not titles[workload] then
      titles[workload], ratios[workload] = title, {}
      table.insert(order, workload)
    end
    ratios[workload][SAME[contender] or contender] = ratio
  end
end

local file <close> = assert(io.open(output, "w"))
file:write("workload\t", table.concat(NAMES, "\t"), "\n")
for _, workload in ipairs(order) do
  file:write(titles[workload])
  for _, name in ipairs(NAMES) do file:write("\t", ratios[workload][name] or "-") end
  file:write("\n")
end
