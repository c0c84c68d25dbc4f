-- Reads lines of 1 MiB and of one byte more; the other end is a copy of this process' own pair.
local socket = require "pysocket"

local MIB <const> = 1024 * 1024

local a, b = socket.socketpair()
b:setblocking(false)

-- the first line that can be read while the text is sent in pieces; the error if there is one
local function read_while_sending(f, text)
  local w = b:makefile("wb")
  pcall(w.write, w, text)
  while true do
    local ok, line, err = pcall(f.read, f)
    if not ok then return nil, line end
    if line then return line, err end
    pcall(w.flush, w)
  end
end

a:setblocking(false)
local f = a:makefile("rb")
local line = read_while_sending(f, ("x"):rep(MIB) .. "\n")
print(#line .. " " .. tostring(line == ("x"):rep(MIB)))
local _, err = read_while_sending(f, ("x"):rep(MIB + 1))
print(err.__name .. " " .. f:pending())
