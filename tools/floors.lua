-- The floors of a module: which object file calls which, by the symbols that nm prints of a build. A circle among them is a
-- failure: of two files one is the lower, and knows nothing of the upper. Called as: lua floors.lua FOLDER-OF-OBJECTS

local definer, needs = {}, {} -- by symbol: its file; by file: the symbols that it uses of others

for line in io.popen(("nm -A --defined-only --extern-only %s/*.o"):format(arg[1])):lines() do
  local file, symbol = line:match("([^/]+)%.c%.o:%x+ %u (ps_[%w_]+)$")
  if not file then file, symbol = line:match("([^/]+)%.c%.o:%x+ %u (sys_[%w_]+)$") end
  if file then definer[symbol] = file end
end
for line in io.popen(("nm -A --undefined-only %s/*.o"):format(arg[1])):lines() do
  local file, symbol = line:match("([^/]+)%.c%.o: +U ([%w_]+)$")
  if file then
    needs[file] = needs[file] or {}
    if definer[symbol] and definer[symbol] ~= file then needs[file][symbol] = definer[symbol] end
  end
end

assert(next(definer), "no object file in " .. arg[1])

local state, path, circles = {}, {}, 0

local function visit(file)
  state[file] = "open"
  path[#path + 1] = file
  local symbols = {}
  for symbol in pairs(needs[file] or {}) do symbols[#symbols + 1] = symbol end
  table.sort(symbols)
  for _, symbol in ipairs(symbols) do
    local lower = needs[file][symbol]
    if state[lower] == "open" then
      circles = circles + 1
      local first = 1
      while path[first] ~= lower do first = first + 1 end
      print(("a circle: %s -> %s (by %s)"):format(table.concat(path, " -> ", first), lower, symbol))
    elseif not state[lower] then
      visit(lower)
    end
  end
  path[#path] = nil
  state[file] = "done"
end

local files = {}
for file in pairs(needs) do files[#files + 1] = file end
table.sort(files)
for _, file in ipairs(files) do
  if not state[file] then visit(file) end
end
os.exit(circles == 0)
