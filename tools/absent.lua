-- Prints the names of Python's interface on Windows that the library lacks, a line each. Wine runs it with the build for Windows.

package.path = "tools/?.lua;" .. package.path

local interface = require "interface"

for _, entry in ipairs(interface.read()) do
  if entry.windows and not interface.is_here(entry) then print(entry.name) end
end
