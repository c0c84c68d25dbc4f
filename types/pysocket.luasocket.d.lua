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

---Returns the time.
---@return number # seconds since 1970
function luasocket.gettime() end

---Returns its arguments without the first ones.
---@param d integer the number of arguments to skip
---@param ... any
---@return any ... # the other arguments
function luasocket.skip(d, ...) end

---Waits until objects are readable or writable. An object with received bytes in its buffer
---is readable.
---@param recvt table|nil a sequence of objects to read from; objects of other libraries need a method `getfd`, and may have `dirty`
---@param sendt table|nil a sequence of objects to write to
---@param timeout? number seconds; nil or negative: no limit
---@return table # the readable objects of `recvt`, as a sequence and as keys
---@return table # the writable objects of `sendt`, likewise
---@return string|nil # `"timeout"` if both are empty
---@async
function luasocket.select(recvt, sendt, timeout) end

---Pauses the program, or, in a task, the task while other tasks run.
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

---Connects to a host, and tries its addresses one after the other. `setpeername` is another
---name of the method.
---@param host string a name or an address
---@param port number|string a number or the name of a service
---@return number|nil # 1
---@return string|nil # after nil `"timeout"`, `"connection refused"` or another message
---@async
function Conn:connect(host, port) end

---Sets the peer of a datagram socket: the socket receives only from the peer, and `send`
---needs no address.
---@param host string a name or an address; `"*"` removes the peer. For AF_UNIX, the method is `connect`, with a path
---@param port number|string
---@return number|nil # 1
---@return string|nil # the message, after nil
---@async
function Udp:setpeername(host, port) end

---Binds the object to an address. `setsockname` is another name of the method.
---@param host string a name, an address, or `"*"` for every interface; for AF_UNIX a path
---@param port number|string 0: a free port
---@return number|nil # 1
---@return string|nil # the message, after nil
function Conn:bind(host, port) end

---Makes a server of a master object.
---@param backlog? number (32) the number of connections that may wait to be accepted
---@return number|nil # 1
---@return string|nil # the message, after nil
function Conn:listen(backlog) end

---Accepts a connection, and waits for one if necessary.
---@return pysocket.Conn|nil # a client
---@return string|nil # after nil `"timeout"`, `"closed"` or another message
---@async
function Conn:accept() end

---Shuts down one or both directions of the connection.
---@param mode? string ("both") `"receive"`, `"send"` or `"both"`
---@return number # 1
function Conn:shutdown(mode) end

---Returns the address of the peer.
---@return string|nil # the address
---@return number|string # the port; after nil the message
---@return string|nil # `"inet"` or `"inet6"`
function Conn:getpeername() end

---Returns the local address.
---@return string|nil # the address; for AF_UNIX a path
---@return string|nil # the port; after nil the message
---@return string|nil # `"inet"` or `"inet6"`
function Conn:getsockname() end

---Receives a datagram.
---@param size? number (8192) the maximum number of bytes; the rest is lost
---@return string|nil
---@return string|nil # after nil `"timeout"` or another message
---@async
function Udp:receive(size) end

---Receives a datagram, and returns the address of its sender.
---@param size? number (8192) the maximum number of bytes; the rest is lost
---@return string|nil
---@return string # the sender's address (for AF_UNIX its path); after nil `"timeout"` or another message
---@return number|nil # the sender's port
---@async
function Udp:receivefrom(size) end

---Sends a datagram to the peer.
---@param data string
---@return number|nil # the number of bytes
---@return string|nil # the message, after nil
---@async
function Udp:send(data) end

---Sends a datagram to an address.
---@param data string
---@param ip string an address, not a name; for AF_UNIX a path
---@param port number|string
---@return number|nil # the number of bytes
---@return string|nil # the message, after nil
---@async
function Udp:sendto(data, ip, port) end

---Closes the object. Received bytes may still be read. Closing it again does nothing.
---@return number # 1
function Conn:close() end

---Returns the descriptor.
---@return number # -1: no descriptor
function Conn:getfd() end

---Replaces the descriptor. The previous one stays open, and the caller owns it.
---@param fd number -1: no descriptor
function Conn:setfd(fd) end

---Returns whether the buffer contains received bytes.
---@return boolean
function Conn:dirty() end

---Returns the address family of the object.
---@return string # `"inet4"` or `"inet6"`
function Conn:getfamily() end

---Sets a timeout of the object's calls.
---@param value? number seconds; nil or negative: no limit
---@param mode? string ("b") `"b"`: the timeout of each wait in a call; `"t"`: the timeout of a whole call
---@return number # 1
function Conn:settimeout(value, mode) end

---Returns both timeouts, in seconds.
---@return number # the timeout of a wait; negative: no limit
---@return number # the timeout of a call; negative: no limit
function Conn:gettimeout() end

---Returns the counters of the object.
---@return number # the number of bytes received
---@return number # the number of bytes sent
---@return number # the age of the object in seconds
function Conn:getstats() end

---Sets the counters of `getstats`.
---@param received? number
---@param sent? number
---@param age? number
---@return number # 1
function Conn:setstats(received, sent, age) end

---Returns the value of an option.
---@param name string `"keepalive"`, `"reuseaddr"`, `"tcp-nodelay"`, `"linger"`, `"error"`, ... as in LuaSocket
---@return any # the value, or nil
---@return string|nil # after nil `"getsockopt failed"`
function Conn:getoption(name) end

---Sets an option.
---@param name string as for `getoption`, and `"ip-add-membership"`, ...
---@param value any a boolean, a number or a table, as in LuaSocket
---@return number|nil # 1
---@return string|nil # after nil `"setsockopt failed"`
function Conn:setoption(name, value) end

---Receives a line, a number of bytes, or the whole stream.
---@param pattern? string|integer ("*l") `"*l"`: a line without its end and without any `\r`; `"*a"`: all bytes up to the end of the stream; a number: that many bytes, prefix included
---@param prefix? string inserted before the received bytes
---@return string|nil
---@return string|nil # after nil `"timeout"`, `"closed"` or another message
---@return string|nil # after nil the prefix and the bytes received so far
---@async
function Conn:receive(pattern, prefix) end

---Sends a string, or a part of it, completely.
---@param data string
---@param i? integer (1) the index of the first byte, as in `string.sub`
---@param j? integer (-1) the index of the last byte
---@return number|nil # the index of the last byte sent
---@return string|nil # after nil `"timeout"`, `"closed"` or another message
---@return number|nil # after nil the index of the last byte sent
---@async
function Conn:send(data, i, j) end

return luasocket
