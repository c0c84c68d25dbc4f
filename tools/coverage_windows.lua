-- Says what of Python's interface on Windows is missing in the build for Windows. Its input are the names that the library lacks
-- there, from tools/absent.lua; the compiler says which constants its headers have.

package.path = "tools/?.lua;" .. package.path

local headers = require "headers"
local interface = require "interface"

local COMPILER <const> = "x86_64-w64-mingw32-gcc -D_WIN32_WINNT=0x0A00 -DWIN32_LEAN_AND_MEAN -DNOMINMAX -DNOGDI -Isrc"
local FIRST <const> = '#include "system.h"\n#include "address/bluetooth.h"'

local away = {}
for name in io.lines() do away[name:gsub("%s+$", "")] = true end

local names, lacking = {}, {}
for _, entry in ipairs(interface.read()) do
  if entry.windows then names[#names + 1] = entry end
  if entry.windows and away[entry.name] then lacking[#lacking + 1] = entry end
end
local known = headers.known(lacking, COMPILER, FIRST, "windows")

local missing = 0
for _, entry in ipairs(lacking) do
  local reason = interface.PYTHON_ONLY[entry.name]
  if not reason and entry.kind == "constant" and not known[entry.name] then reason = "mingw-w64's headers do not have it" end
  if not reason then missing = missing + 1 end
  print(("%s: %s"):format(entry.name, reason or "missing"))
end
local summary = "%d of Python's %d names for Windows are here, %d absent by design, %d missing"
print(summary:format(#names - #lacking, #names, #lacking - missing, missing))
os.exit(missing == 0)
