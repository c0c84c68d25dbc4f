-- Finds the names that the headers of a system define, with the system's compiler.

local headers = {}

local function write(path, text)
  local f <close> = assert(io.open(path, "w"))
  f:write(text)
end

-- By name: whether this compiler, with its options, knows each as a macro, or as an enumerator where 'expected' says that the system
-- has it. 'first' are lines that stand before the headers of src/headers.txt.
function headers.known(entries, compiler, first, expected)
  local base = os.tmpname()
  local source = { first }
  for header in io.lines("src/headers.txt") do
    source[#source + 1] = ("#if __has_include(<%s>)\n#include <%s>\n#endif"):format(header, header)
  end
  for _, entry in ipairs(entries) do
    local line = "#ifdef NAME\nint have_NAME;\n#endif"
    if entry[expected] then line = line:gsub("#endif", "#else\nint NAME_is = NAME;\n#endif") end
    source[#source + 1] = (line:gsub("NAME", entry.name))
  end
  write(base .. ".c", table.concat(source, "\n") .. "\n")
  local command = "LC_ALL=C %s -fmax-errors=0 -fsyntax-only %s.c 2>&1; LC_ALL=C %s -E %s.c 2>&1"
  local output <close> = assert(io.popen(command:format(compiler, base, compiler, base)))
  local text = output:read("a")
  os.remove(base .. ".c")
  os.remove(base)
  local known = {}
  for _, entry in ipairs(entries) do
    local name = entry.name
    local enumerator = entry[expected]
      and text:find("int " .. name .. "_is =", 1, true)
      and not text:find(("[^%%w_]%s[^%%w_]+undeclared"):format(name))
    known[name] = text:find("int have_" .. name .. ";", 1, true) ~= nil or enumerator
  end
  return known
end

return headers
