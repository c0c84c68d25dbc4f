-- What busted prints: a sign a test, what went wrong, and a last line that can be counted. Where
-- PYSOCKET_TALLY names a file, the name of each test goes there when it starts, its sign when it is
-- over, and a point at the end: for a caller who has to count even when we crash. Where PYSOCKET_KNOWN
-- names a file, each of its lines has how the names of tests begin that cannot pass, a tab and the
-- reason: these are pending.

local SIGN <const> = {success = "+", pending = "?", failure = "-", error = "-"}
local MOST_PENDING <const> = 20 -- reasons printed; the rest are only counted

return function(options)
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base" ()

  local path = os.getenv("PYSOCKET_TALLY")
  local tally = path and assert(io.open(path, "a"))
  local count = {["+"] = 0, ["-"] = 0, ["?"] = 0}

  local known = {}
  local known_path = os.getenv("PYSOCKET_KNOWN")
  for line in (known_path and io.lines(known_path) or function() end) do
    local start, reason = line:match("^(.-)\t(.*)")
    known[#known + 1] = {start = start, reason = reason}
  end

  local function note(line)
    if tally then tally:write(line, "\n"):flush() end
  end

  local function put(sign)
    count[sign] = count[sign] + 1
    io.write(sign)
    io.flush()
    note(sign)
    return nil, true
  end

  local function describe(kind, entry)
    local trace = entry.element.trace or entry.trace or {}
    local place = trace.short_src and (" %s:%d"):format(trace.short_src, trace.currentline) or ""
    local message = type(entry.message) == "string" and entry.message or ""
    io.write("\n", kind, place, ": ", entry.name, "\n  ", (message:gsub("\n", "\n  ")), "\n")
    local stack = options.verbose and entry.trace and entry.trace.traceback
    if stack then io.write(stack, "\n") end
  end

  local function describe_pending()
    local times, reasons = {}, {}
    for _, entry in ipairs(handler.pendings) do
      local said = type(entry.message) == "string" and entry.message
      local reason = said and said:gsub("^[^\n]-:%d+: ", "") or entry.name
      if not times[reason] then reasons[#reasons + 1] = reason end
      times[reason] = (times[reason] or 0) + 1
    end
    for i = 1, math.min(#reasons, MOST_PENDING) do
      io.write(("skipped %d: %s\n"):format(times[reasons[i]], reasons[i]))
    end
  end

  busted.subscribe({"test", "start"}, function(element)
    local trace = element.trace
    local name = handler.getFullName(element):gsub("%c", " ")
    note(("> %s:%d: %s"):format(trace.short_src, trace.currentline, name))
    for _, case in ipairs(known) do
      if name:sub(1, #case.start) == case.start then
        element.run = function() element.env.pending(case.reason) end
      end
    end
    return nil, true
  end)

  busted.subscribe({"test", "end"}, function(_, _, status)
    return put(SIGN[status])
  end)

  -- what fails outside a test: a file that does not load, a before_each
  local function outside(element)
    if element.descriptor ~= "it" then put("-") end
    return nil, true
  end

  busted.subscribe({"error"}, outside)
  busted.subscribe({"failure"}, outside)

  busted.subscribe({"suite", "end"}, function()
    io.write("\n")
    for _, entry in ipairs(handler.failures) do describe("FAILED", entry) end
    for _, entry in ipairs(handler.errors) do describe("ERROR", entry) end
    if #handler.pendings > 0 then io.write("\n") end
    describe_pending()
    note(".")
    if not tally then
      io.write(("%d passed, %d failed, %d skipped\n"):format(count["+"], count["-"], count["?"]))
    end
    io.flush()
    return nil, true
  end)

  return handler
end
