-- Sends a frame on a CAN bus, and receives it on another socket of the same bus.
-- ./dev run examples/can.lua [interface]
-- Without hardware, a virtual bus will do: ip link add vcan0 type vcan; ip link set vcan0 up

local socket = require "pysocket"

local interface = arg[1] or "vcan0"

-- A CAN frame on Linux: an identifier, the number of bytes, 3 bytes of padding, 8 bytes of data.
local FRAME <const> = "=I4Bxxxc8"

local function pack(id, data)
  return string.pack(FRAME, id, #data, data)
end

local function unpack(frame)
  local id, length, data = string.unpack(FRAME, frame)
  return id & socket.CAN_EFF_MASK, data:sub(1, length)
end

-- Like the method of sockets, but returns nil and the error instead of raising it.
local function try(method, ...)
  return socket.protect(method)(...)
end

-- Creates a socket on the bus. An address of AF_CAN is a table, with one element for this protocol.
local function open()
  if not socket.AF_CAN then error("this system knows no CAN", 0) end
  local s, err = try(socket.socket, socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
  if not s then error("no CAN sockets here: " .. err.strerror, 0) end
  s:settimeout(5)
  local ok, problem = try(s.bind, s, {interface})
  if not ok then error(("cannot use %s: %s"):format(interface, problem.strerror), 0) end
  return s
end

local sender <close> = open()
local receiver <close> = open()

sender:send(pack(0x123, "hello"))
local frame, address = receiver:recvfrom(16)
local id, data = unpack(frame)
print(("on %s: identifier %X, %d bytes: %s"):format(address.ifname, id, #data, data))
