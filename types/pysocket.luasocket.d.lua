---@meta pysocket.luasocket
-- Written by ./dev types from the doc comments in src/ and lua/.

---@class pysocket.module.luasocket
---@field _VERSION string # begins with `LuaSocket 3`
---@field _SETSIZE integer # the maximum number of objects for `select`: no limit but that of the process
---@field _DATAGRAMSIZE integer # the default size of `receive` for datagrams, in bytes
---@field _SOCKETINVALID integer # the descriptor of an object without one
---@field BLOCKSIZE integer # the number of bytes of each piece of a source
local luasocket = {}

---A stream object. Its field `class` is `"tcp{master}"` after its creation, `"tcp{client}"`
---after `connect` or `accept`, `"tcp{server}"` after `listen`.
---@class pysocket.Conn
local Conn = {}

---A datagram object. Its field `class` is `"udp{unconnected}"`, or `"udp{connected}"` after
---`setpeername`. It has the methods of a `conn` that need no stream.
---@class pysocket.Udp
local Udp = {}

---Connects to a host.
---@param address string a name or an address
---@param port number|string
---@param locaddr? string the local address
---@param locport? number|string the local port
---@param family? string ("unspec") `"inet"`, `"inet6"` or either
---@return pysocket.Conn|nil # a client
---@return string|nil # the message, after nil
---@async
function luasocket.connect(address, port, locaddr, locport, family) end

---Creates a server at the first address of a host that can be bound.
---@param address string a name, an address, or `"*"` for every interface
---@param port number|string 0: a free port
---@param backlog? number (32)
---@return pysocket.Conn|nil # a server
---@return string|nil # the message, after nil
function luasocket.bind(address, port, backlog) end

---Makes `require "socket"`, `"socket.core"` and `"socket.unix"` return this module, and
---`require "ssl"` and LuaSec's other names return LuaSec's interface over this library's TLS.
---@param library? table Lua's `package`, if the host hides it from this library
---@return table # the module
function luasocket.install(library) end

---Returns a function that calls one of several makers: the one named by its first argument,
---or, if that is not a string, the maker `"default"`.
---@param makers table functions by name
---@return function
function luasocket.choose(makers) end

---Returns a sink that sends to an object.
---@param mode? string `"keep-open"`, the default, or `"close-when-done"`
---@param object pysocket.Conn
---@return function
function luasocket.sink(mode, object) end

---Returns a source that receives from an object.
---@param mode? string `"until-closed"`, the default, or `"by-length"`
---@param object pysocket.Conn
---@param length? integer the number of bytes, for `"by-length"`
---@return function
function luasocket.source(mode, object, length) end

---Returns a function that calls `f`. If a `try` in `f` fails, the function returns nil and
---the failure.
---@param f fun(...)
---@return function
function luasocket.protect(f) end

---Returns a function `try`. It returns its arguments if the first is true; otherwise it calls
---the finalizer and raises the second argument as an exception for `protect`.
---@param finalizer? fun(...)
---@return function
function luasocket.newtry(finalizer) end

---The time.
---@return number # seconds since 1970
function luasocket.gettime() end

---Drops its first arguments.
---@param d integer how many
---@param ... any
---@return any ... # the others
function luasocket.skip(d, ...) end

---Waits until objects can be read or written. An object with bytes that have been received
---and not read can be read.
---@param recvt table|nil a sequence of objects, ours or others that have methods `getfd` and perhaps `dirty`
---@param sendt table|nil
---@param timeout? number seconds; nil or negative: no limit
---@return table # those of `recvt` that can be read, as a sequence and as keys
---@return table # those of `sendt` that can be written
---@return string|nil # `"timeout"` when there are none
---@async
function luasocket.select(recvt, sendt, timeout) end

---Sleeps: other tasks run meanwhile.
---@param time number seconds
---@async
function luasocket.sleep(time) end

---Returns the addresses of a host.
---@param host string a name or an address
---@return table|nil # a sequence of tables with `family` (`"inet"`, `"inet6"`) and `addr`
---@return string|nil # the message, after nil
---@async
function Dns.getaddrinfo(host) end

---Returns the names of a host and of a service.
---@param host string|nil a name or an address
---@param service? string a name or a port
---@return table|nil # a sequence of names
---@return string|nil # the name of the service; after nil the message
---@async
function Dns.getnameinfo(host, service) end

---Returns the first IPv4 address of a host.
---@param host string a name or an address
---@return string|nil # the address
---@return table|string # a table with `name`, `alias` and `ip`; after nil the message
---@async
function Dns.toip(host) end

---Returns the name of a host.
---@param host string an address or another name
---@return string|nil # the name
---@return table|string # a table with `name`, `alias` and `ip`; after nil the message
---@async
function Dns.tohostname(host) end

---Returns the name of this machine.
---@return string
function Dns.gethostname() end

---Connects to a host, to one of its addresses after the other. `setpeername` is the same.
---@param host string a name or an address
---@param port number|string or the name of a service
---@return number|nil # 1
---@return string|nil # after nil `"timeout"`, `"connection refused"` or another text
---@async
function Conn:connect(host, port) end

---Gives a datagram socket a peer: it receives from it alone, and `send` needs no address.
---@param host string an address; `"*"` takes the peer away. Of AF_UNIX, where the method is `connect`, a path
---@param port number|string
---@return number|nil # 1
---@return string|nil # after nil a text
---@async
function Udp:setpeername(host, port) end

---Binds the object to an address. `setsockname` is the same.
---@param host string a name, an address, or `"*"` for every interface; of AF_UNIX a path
---@param port number|string 0 for any that is free
---@return number|nil # 1
---@return string|nil # after nil a text
function Conn:bind(host, port) end

---Makes a master a server.
---@param backlog? number (32) connections that may wait to be accepted
---@return number|nil # 1
---@return string|nil # after nil a text
function Conn:listen(backlog) end

---Waits for a connection.
---@return pysocket.Conn|nil # a client
---@return string|nil # after nil `"timeout"`, `"closed"` or another text
---@async
function Conn:accept() end

---Ends sending, receiving, or both.
---@param mode? string ("both") `"receive"`, `"send"` or `"both"`
---@return number # 1
function Conn:shutdown(mode) end

---The address of the peer.
---@return string|nil
---@return number|string # its port, or after nil a text
---@return string|nil # `"inet"` or `"inet6"`
function Conn:getpeername() end

---The object's own address.
---@return string|nil # of AF_UNIX a path
---@return string|nil # its port, or after nil a text
---@return string|nil # `"inet"` or `"inet6"`
function Conn:getsockname() end

---Receives a datagram.
---@param size? number (8192) the most bytes; the rest is lost
---@return string|nil
---@return string|nil # after nil `"timeout"` or another text
---@async
function Udp:receive(size) end

---Receives a datagram, and tells who sent it.
---@param size? number (8192) the most bytes; the rest is lost
---@return string|nil
---@return string # the sender's address (of AF_UNIX its path), or after nil `"timeout"` or another text
---@return number|nil # its port
---@async
function Udp:receivefrom(size) end

---Sends a datagram to the peer.
---@param data string
---@return number|nil # bytes
---@return string|nil # after nil a text
---@async
function Udp:send(data) end

---Sends a datagram to an address.
---@param data string
---@param ip string an address, no name; of AF_UNIX a path
---@param port number|string
---@return number|nil # bytes
---@return string|nil # after nil a text
---@async
function Udp:sendto(data, ip, port) end

---Closes the object. Harmless when repeated; bytes that have been received may still be read.
---@return number # 1
function Conn:close() end

---The descriptor.
---@return number # -1 for none
function Conn:getfd() end

---Gives the object another descriptor. The one before stays open, and is the caller's.
---@param fd number -1 for none
function Conn:setfd(fd) end

---Are there bytes that have been received and not read?
---@return boolean
function Conn:dirty() end

---The family of the object's addresses.
---@return string # `"inet4"` or `"inet6"`
function Conn:getfamily() end

---How long calls of the object may wait.
---@param value? number seconds; nil or negative: no limit
---@param mode? string ("b") `"b"` for a wait of a call, `"t"` for a call as a whole
---@return number # 1
function Conn:settimeout(value, mode) end

---Both timeouts.
---@return number # for a wait; negative for none
---@return number # for a call; negative for none
function Conn:gettimeout() end

---What the object has done so far.
---@return number # bytes received
---@return number # bytes sent
---@return number # its age, in seconds
function Conn:getstats() end

---Changes what `getstats` says.
---@param received? number
---@param sent? number
---@param age? number
---@return number # 1
function Conn:setstats(received, sent, age) end

---What an option is set to.
---@param name string `"keepalive"`, `"reuseaddr"`, `"tcp-nodelay"`, `"linger"`, `"error"`, ... as in LuaSocket
---@return any # its value, or nil
---@return string|nil # after nil `"getsockopt failed"`
function Conn:getoption(name) end

---Sets an option.
---@param name string as for `getoption`; `"ip-add-membership"`, ... too
---@param value any a boolean, a number or a table, as in LuaSocket
---@return number|nil # 1
---@return string|nil # after nil `"setsockopt failed"`
function Conn:setoption(name, value) end

---Receives.
---@param pattern? string|integer ("*l") `"*l"`: a line, without its end and without any `\r`; `"*a"`: all until the end of the stream; a number: so many bytes, the prefix included
---@param prefix? string what stands before the result
---@return string|nil
---@return string|nil # after nil `"timeout"`, `"closed"` or another text
---@return string|nil # after nil what had come, with the prefix
---@async
function Conn:receive(pattern, prefix) end

---Sends a string, or a part of it, whole.
---@param data string
---@param i? integer (1) where the part begins, as in `string.sub`
---@param j? integer (-1) where it ends
---@return number|nil # the index of the last byte that was sent
---@return string|nil # after nil `"timeout"`, `"closed"` or another text
---@return number|nil # after nil the index of the last byte that was sent
---@async
function Conn:send(data, i, j) end

return luasocket
