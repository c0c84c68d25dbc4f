-- Lists the interfaces of this machine, as `ip link` does: asks the Linux kernel over AF_NETLINK.
-- ./dev run examples/interfaces.lua

local socket = require "pysocket"

-- From linux/netlink.h, linux/rtnetlink.h, linux/if_link.h and linux/if.h.
local RTM_NEWLINK <const>, RTM_GETLINK <const> = 16, 18
local NLMSG_ERROR <const>, NLMSG_DONE <const> = 2, 3
local NLM_F_REQUEST <const>, NLM_F_DUMP <const> = 0x001, 0x300
local IFLA_ADDRESS <const>, IFLA_IFNAME <const>, IFLA_MTU <const> = 1, 3, 4
local IFF_UP <const> = 1

-- A message: length, type, flags, sequence number, port. Then, for links: family, type, index,
-- flags, a mask.
local HEADER <const>, LINK <const> = "=I4I2I2I4I4", "=BxI2i4I4I4"
local HEADER_SIZE <const>, LINK_SIZE <const> = string.packsize(HEADER), string.packsize(LINK)

if not socket.AF_NETLINK then error("this system has no AF_NETLINK", 0) end

-- Everything in a message is aligned to 4 bytes.
local function aligned(length)
  return length + 3 & ~3
end

-- Iterates over the parts of `data` from `at` on. Each begins with its length, in that format, and
-- its type.
local function parts(data, at, format)
  return function()
    if at > #data then return nil end
    local start, length, kind = at, string.unpack(format, data, at)
    at = at + aligned(length)
    return kind, data:sub(start, start + length - 1)
  end
end

local function hexadecimal(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x:"):format(byte:byte()) end):sub(1, -2))
end

-- Returns the interface in a message of type RTM_NEWLINK.
local function link(message)
  local _, _, index, flags = string.unpack(LINK, message, HEADER_SIZE + 1)
  local attributes = {}
  for kind, attribute in parts(message, HEADER_SIZE + LINK_SIZE + 1, "=I2I2") do
    attributes[kind] = attribute:sub(5)
  end
  return {
    index = index,
    name = string.unpack("z", attributes[IFLA_IFNAME]),
    up = flags & IFF_UP ~= 0,
    mtu = string.unpack("=I4", attributes[IFLA_MTU]),
    address = hexadecimal(attributes[IFLA_ADDRESS] or ""),
  }
end

-- The address of the kernel is {0, 0}; the first send gives this socket its own.
local s <close> = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
s:settimeout(5)
local flags = NLM_F_REQUEST | NLM_F_DUMP
local header = string.pack(HEADER, HEADER_SIZE + LINK_SIZE, RTM_GETLINK, flags, 1, 0)
s:sendto(header .. string.pack(LINK, socket.AF_UNSPEC, 0, 0, 0, 0), {0, 0})

-- The answer consists of many messages in several datagrams.
local done = false
while not done do
  for kind, message in parts(s:recv(65536), 1, "=I4I2") do
    if kind == RTM_NEWLINK then
      local l = link(message)
      local state = l.up and "up" or "down"
      print(("%d: %s %s mtu %d %s"):format(l.index, l.name, state, l.mtu, l.address))
    elseif kind == NLMSG_ERROR then
      error("the kernel refuses", 0)
    end
    done = done or kind == NLMSG_DONE
  end
end
