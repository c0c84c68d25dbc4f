-- Prints the first packets that pass an interface, on Linux. Needs root, or CAP_NET_RAW.
-- ./dev run examples/sniffer.lua [interface [packets [seconds]]]

local socket = require "pysocket"

io.stdout:setvbuf("line")
local interface = arg[1] or "lo"
local packets = tonumber(arg[2] or 10)
local seconds = tonumber(arg[3]) -- the time to wait for a packet; nil: no limit

local ALL <const> = 3 -- ETH_P_ALL: packets of every protocol
local PROTOCOLS <const> = {[1] = "ICMP", [6] = "TCP", [17] = "UDP", [58] = "ICMPv6"}
local WAYS <const> = {[0] = "in", "broadcast", "multicast", "other", "out"}

if not socket.AF_PACKET then error("this system has no AF_PACKET", 0) end

-- protect: returns the error instead of raising it
local s, err = socket.protect(socket.socket)(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL))
if not s then
  local forbidden = socket.isinstance(err, socket.PermissionError)
  error(forbidden and "only root may listen to all" or "no packet sockets: " .. err.strerror, 0)
end
local _ <close> = s
s:settimeout(seconds)

local bound, problem = socket.protect(s.bind)(s, {interface, ALL})
if not bound then error(("cannot use %s: %s"):format(interface, problem.strerror), 0) end

-- Returns a line about the header of a packet: source, destination and protocol.
local function describe(proto, packet)
  local from, to, carried
  if proto == 0x0800 and #packet >= 20 then -- IPv4
    carried, from, to = string.unpack("xxxxxxxxxBxxc4c4", packet)
    from, to = socket.inet_ntoa(from), socket.inet_ntoa(to)
  elseif proto == 0x86DD and #packet >= 40 then -- IPv6
    carried, from, to = string.unpack("xxxxxxBxc16c16", packet)
    from, to = socket.inet_ntop(socket.AF_INET6, from), socket.inet_ntop(socket.AF_INET6, to)
  else
    return ("protocol 0x%04X"):format(proto)
  end
  return ("%s > %s %s"):format(from, to, PROTOCOLS[carried] or "protocol " .. carried)
end

local recvfrom = socket.protect(s.recvfrom)
print("listening on " .. interface)
for _ = 1, packets do
  local packet, address = recvfrom(s, 65536)
  if not packet then error(address.strerror or "nothing came", 0) end
  local way = WAYS[address.pkttype] or "?"
  print(("%-4s %5d bytes  %s"):format(way, #packet, describe(address.proto, packet)))
end
