-- Which Lua lines have run. As LUA_INIT: counts the lines of our files, in coroutines too, and appends them to a file of the
-- folder PYSOCKET_COVER when the state closes. `cover.lua report LAYER FOLDER` prints what has not run.

local folder = os.getenv("PYSOCKET_COVER")

local function install()
  local seen, ours = {}, {}

  local function note(_, line)
    local source = debug.getinfo(2, "S").source
    local is_ours = ours[source]
    if is_ours == nil then
      is_ours = source:find("/lua/pysocket", 1, true) ~= nil or source:find("^@lua/pysocket") ~= nil
      ours[source] = is_ours
    end
    if is_ours then seen[source .. ":" .. line] = true end
  end

  local create, wrap, sethook = coroutine.create, coroutine.wrap, debug.sethook
  local function hook(co)
    sethook(co, note, "l")
    return co
  end

  function coroutine.create(f) return hook(create(f)) end

  function coroutine.wrap(f)
    return wrap(function(...)
      sethook(note, "l")
      return f(...)
    end)
  end

  -- who takes a hook away gets ours back
  function debug.sethook(...) -- luacheck: ignore
    local co, f = ...
    if type(co) ~= "thread" then f = co end
    if f ~= nil then return sethook(...) end
    return sethook(note, "l")
  end

  sethook(note, "l")
  local path = ("%s/%s"):format(folder, tostring(seen):match("0x%x+") .. os.time() .. os.clock())
  local function write()
    local f = io.open(path, "w")
    if not f then return end
    for place in pairs(seen) do f:write(place, "\n") end
    f:close()
  end
  debug.getregistry()[install] = setmetatable({}, {__gc = write})
  local exit = os.exit
  os.exit = function(...) -- luacheck: ignore
    write()
    exit(...)
  end
end

-- The lines that have code, as the compiler says.
local function code_lines(path)
  local lines = {}
  local function collect(f)
    for line in pairs(debug.getinfo(f, "L").activelines or {}) do lines[line] = true end
  end
  local pipe <close> = assert(io.popen(("luac5.4 -l -l -p '%s' 2>/dev/null || luac -l -l -p '%s'"):format(path, path)))
  for listing in pipe:lines() do
    local line, op = listing:match("^%s+%d+%s+%[(%d+)%]%s+(%u%w*)")
    if line and op ~= "VARARGPREP" and not op:find("^RETURN") and op ~= "CLOSURE" then lines[tonumber(line)] = true end
  end
  if not next(lines) then collect(assert(loadfile(path))) end
  return lines
end

local function report(layer, lines_folder)
  local run = {}
  local pipe <close> = assert(io.popen(("cat '%s'/*"):format(lines_folder)))
  for place in pipe:lines() do
    local file, line = place:match("(pysocket/.*):(%d+)$")
    if file then
      run[file] = run[file] or {}
      run[file][tonumber(line)] = true
    end
  end
  local all, covered = 0, 0
  local files <close> = assert(io.popen(("find '%s' -name '*.lua' | sort"):format(layer)))
  for path in files:lines() do
    local name, missing, count = path:match("pysocket/.*$"), {}, 0
    for line in pairs(code_lines(path)) do
      count = count + 1
      if not (run[name] or {})[line] then missing[#missing + 1] = line end
    end
    table.sort(missing)
    all, covered = all + count, covered + count - #missing
    if #missing > 0 then print(("lua/%-40s %3d%%  %s"):format(name, (count - #missing) * 100 // count, table.concat(missing, ","))) end
  end
  print(("Lua lines: %.1f%% (%d out of %d)"):format(covered * 100 / all, covered, all))
end

if arg and arg[0] and arg[0]:find("cover%.lua$") and arg[1] == "report" then
  report(arg[2], arg[3])
elseif folder then
  install()
end
