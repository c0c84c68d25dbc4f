-- decimal_comma LOCALE TEXT: the numbers at the beginning of a text, in that locale, as a socket's file reads them and as Lua's do.

local socket = require "pysocket"

local locale, text = ...
assert(os.setlocale(locale, "numeric"), "no such locale")

local function numbers(file)
  local read = {}
  repeat
    local number = file:read("n")
    read[#read + 1] = number and ("%.3f"):format(number)
  until not number
  return table.concat(read, " ")
end

local a, b = socket.socketpair()
b:sendall(text)
b:close()
local copy <close> = io.tmpfile()
copy:write(text)
copy:seek("set")
print(numbers(a:makefile()))
print(numbers(copy))
