/* SPDX-License-Identifier: MIT */
/*
** Conversions of numbers and addresses between host and network form, and the sizes of ancillary data.
*/
#include "core.h"

#define PACKED_MAX sizeof(struct in6_addr)

/* Python's limit, which keeps the lengths of ancillary data within a C int on every system. */
#define CONTROL_MAX 0x7FFFFFFF

static lua_Integer check_16(lua_State *L) { return ps_check_integer(L, 1, "x", 0, 0xFFFF); }

static lua_Integer check_32(lua_State *L) { return ps_check_integer(L, 1, "x", 0, 0xFFFFFFFF); }

/* The size of a packed address, or 0 for a family that inet_ntop(3) does not know. */
static size_t packed_size(int family) {
  switch (family) {
    case AF_INET:
      return sizeof(struct in_addr);
    case AF_INET6:
      return sizeof(struct in6_addr);
    default:
      return 0;
  }
}

/***
Converts a 16-bit number from host to network byte order.
@function htons
@tparam integer x 0 to 65535
@treturn integer the converted number
@see Python's socket.htons; htons(3)
*/
static int f_htons(lua_State *L) {
  lua_pushinteger(L, htons((uint16_t)check_16(L)));
  return 1;
}

/***
Converts a 32-bit number from host to network byte order.
@function htonl
@tparam integer x 0 to 4294967295
@treturn integer the converted number
@see Python's socket.htonl; htonl(3)
*/
static int f_htonl(lua_State *L) {
  lua_pushinteger(L, htonl((uint32_t)check_32(L)));
  return 1;
}

/***
Converts a 16-bit number from network to host byte order.
@function ntohs
@tparam integer x 0 to 65535
@treturn integer the converted number
@see Python's socket.ntohs; ntohs(3)
*/
static int f_ntohs(lua_State *L) {
  lua_pushinteger(L, ntohs((uint16_t)check_16(L)));
  return 1;
}

/***
Converts a 32-bit number from network to host byte order.
@function ntohl
@tparam integer x 0 to 4294967295
@treturn integer the converted number
@see Python's socket.ntohl; ntohl(3)
*/
static int f_ntohl(lua_State *L) {
  lua_pushinteger(L, ntohl((uint32_t)check_32(L)));
  return 1;
}

/***
Packs an IPv4 address by the lenient rules of the C library, which also accept `"127.1"` and `"0x7f000001"`.
@function inet_aton
@tparam string ip_string the address as text
@treturn string the packed address of 4 bytes
@raise OSError without an errno for any other text
@see Python's socket.inet_aton; inet_aton(3)
*/
static int f_inet_aton(lua_State *L) {
  const char *text = ps_check_key(L, 1, "ip_string");
  struct in_addr packed;
  if (!sys_inet_aton(text, &packed))
    return ps_error_raise_text(L, "inet_aton", "illegal IP address string passed to inet_aton");
  lua_pushlstring(L, (const char *)&packed, sizeof packed);
  return 1;
}

/***
Converts a packed IPv4 address to text.
@function inet_ntoa
@tparam string|bytearray packed_ip the packed address of 4 bytes
@treturn string the address in dotted form
@raise OSError without an errno if the length is not 4 bytes
@see Python's socket.inet_ntoa; inet_ntoa(3)
*/
static int f_inet_ntoa(lua_State *L) {
  size_t len;
  const char *packed = ps_check_buffer(L, 1, "packed_ip", &len);
  if (len != sizeof(struct in_addr)) return ps_error_raise_text(L, "inet_ntoa", "packed IP wrong length for inet_ntoa");
  char text[INET_ADDRSTRLEN];
  lua_pushstring(L, sys_inet_ntop(AF_INET, packed, text, sizeof text)); /* inet_ntoa(3) has a static buffer */
  return 1;
}

/***
Packs an IPv4 or IPv6 address by strict rules, which accept four decimal numbers, or an IPv6 address without a scope.
@function inet_pton
@tparam integer address_family `AF_INET` or `AF_INET6`
@tparam string ip_string the address as text
@treturn string the packed address of 4 or 16 bytes
@raise OSError without an errno for any other text, and with EAFNOSUPPORT for any other family
@see Python's socket.inet_pton; inet_pton(3)
*/
static int f_inet_pton(lua_State *L) {
  int family = ps_check_int(L, 1, "address_family");
  const char *text = ps_check_key(L, 2, "ip_string");
  char packed[PACKED_MAX];
  int done = sys_inet_pton(family, text, packed);
  int code = errno;
  if (done < 0) return ps_error_raise(L, code, "inet_pton", 0);
  if (done == 0) return ps_error_raise_text(L, "inet_pton", "illegal IP address string passed to inet_pton");
  lua_pushlstring(L, packed, packed_size(family));
  return 1;
}

/***
Converts a packed IPv4 or IPv6 address to text.
@function inet_ntop
@tparam integer address_family `AF_INET` or `AF_INET6`
@tparam string|bytearray packed_ip the packed address of 4 or 16 bytes
@treturn string the address as text
@see Python's socket.inet_ntop; inet_ntop(3)
*/
static int f_inet_ntop(lua_State *L) {
  int family = ps_check_int(L, 1, "address_family");
  size_t len;
  const char *packed = ps_check_buffer(L, 2, "packed_ip", &len);
  size_t size = packed_size(family);
  if (size == 0) return ps_arg_error(L, 1, "unknown address family %d", family);
  if (len != size) return ps_arg_error(L, 2, "packed_ip must be %d bytes long, got %I", (int)size, (lua_Integer)len);
  char text[INET6_ADDRSTRLEN];
  lua_pushstring(L, sys_inet_ntop(family, packed, text, sizeof text));
  return 1;
}

/***
Returns the size of an item of ancillary data with its header, but without the padding after it.
@function CMSG_LEN
@tparam integer length the size of the data in bytes
@treturn integer the size of the item in bytes
@see Python's socket.CMSG_LEN; cmsg(3)
*/
static int f_cmsg_len(lua_State *L) {
  lua_Integer length = ps_check_integer(L, 1, "length", 0, CONTROL_MAX - (lua_Integer)CMSG_LEN(0));
  lua_pushinteger(L, (lua_Integer)CMSG_LEN((size_t)length));
  return 1;
}

/***
Returns the size of an item of ancillary data with its header and its padding, as it takes in the buffer of `recvmsg`.
@function CMSG_SPACE
@tparam integer length the size of the data in bytes
@treturn integer the size of the item in bytes
@see Python's socket.CMSG_SPACE; cmsg(3)
*/
static int f_cmsg_space(lua_State *L) {
  lua_Integer length = ps_check_integer(L, 1, "length", 0, CONTROL_MAX - (lua_Integer)CMSG_SPACE(1));
  lua_pushinteger(L, (lua_Integer)CMSG_SPACE((size_t)length));
  return 1;
}

static const luaL_Reg functions[] = {
    {"htons", f_htons},
    {"htonl", f_htonl},
    {"ntohs", f_ntohs},
    {"ntohl", f_ntohl},
    {"inet_aton", f_inet_aton},
    {"inet_ntoa", f_inet_ntoa},
    {"inet_pton", f_inet_pton},
    {"inet_ntop", f_inet_ntop},
    {"CMSG_LEN", f_cmsg_len},
    {"CMSG_SPACE", f_cmsg_space},
    {NULL, NULL},
};

void ps_convert_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
