/* SPDX-License-Identifier: MIT */
/* What the codecs of the address families share. A codec is pure: a Lua value to a sockaddr, and back. */
#ifndef PS_ADDRESS_CODEC_H
#define PS_ADDRESS_CODEC_H

#include <string.h>

#include "../core.h"
#include "bluetooth.h"

#if defined AF_NETLINK && __has_include(<linux/netlink.h>)
#include <linux/netlink.h>
#define PS_NETLINK 1
#endif
#if defined AF_PACKET && __has_include(<netpacket/packet.h>)
#include <netpacket/packet.h>
#define PS_PACKET 1
#endif
#if defined AF_CAN && __has_include(<linux/can.h>)
#include <linux/can.h>
#define PS_CAN 1
#endif
#if defined AF_TIPC && __has_include(<linux/tipc.h>)
#include <linux/tipc.h>
#define PS_TIPC 1
#endif
#if defined AF_VSOCK && __has_include(<linux/vm_sockets.h>)
#include <linux/vm_sockets.h>
#define PS_VSOCK 1
#endif
#if defined AF_ALG && __has_include(<linux/if_alg.h>)
#include <linux/if_alg.h>
#define PS_ALG 1
#endif
#if defined AF_QIPCRTR && __has_include(<linux/qrtr.h>)
#include <linux/qrtr.h>
#define PS_QIPCRTR 1
#endif
#ifdef SYS_CONTROL
#define PS_SYSTEM 1
#endif

#define PS_ANY_PROTO (-1)

typedef struct Codec {
  int family;
  int proto;                 /* where that decides about the shape, else PS_ANY_PROTO */
  const char *name;          /* "AF_INET" */
  socklen_t size;            /* of its sockaddr */
  const char *const *fields; /* names of the elements, ended by NULL; NULL where an address is no table */
  /* Reads the value at 'arg' into 'a', or raises; what it leaves on the stack is removed. 'size' bytes of 'a' are zero but for
     the family, and its length is 'size': a codec says where it is another. 0: the host has to be resolved first. */
  int (*check)(lua_State *L, int arg, int proto, Address *a);
  /* Pushes the elements and returns how many; 0: it has pushed one value, which is the address; -1: it has pushed nothing, for
     it is of no form that is known. 'a->len' covers the family at least; nothing else may be taken for granted. */
  int (*push)(lua_State *L, const Address *a, int proto);
} Codec;

extern const Codec ps_codec_inet, ps_codec_inet6, ps_codec_unix, ps_codec_unknown;
extern const Codec ps_codec_rds, ps_codec_divert, ps_codec_system;
extern const Codec ps_codec_netlink, ps_codec_packet, ps_codec_tipc, ps_codec_vsock, ps_codec_alg, ps_codec_qipcrtr;
extern const Codec ps_codec_can, ps_codec_can_isotp, ps_codec_can_j1939;
extern const Codec ps_codec_l2cap, ps_codec_rfcomm, ps_codec_hci, ps_codec_sco, ps_codec_bluetooth;

/* Raises unless the value at 'arg' is a table of min to max elements. */
void ps_address_table(lua_State *L, int arg, const Codec *codec, int min, int max);
/* Pushes element 'i' (from 1), found by position or by name; returns its type. */
int ps_address_element(lua_State *L, int arg, const Codec *codec, int i);
/* Element 'i' as an integer within min..max, or raises. */
lua_Integer ps_address_integer(lua_State *L, int arg, const Codec *codec, int i, lua_Integer min, lua_Integer max);
lua_Integer ps_address_opt_integer(lua_State *L, int arg, const Codec *codec, int i, lua_Integer min, lua_Integer max,
                                   lua_Integer absent);
/* Element 'i' modulo 2^32: -1 is the highest number, as in Python. */
uint32_t ps_address_u32(lua_State *L, int arg, const Codec *codec, int i);
uint32_t ps_address_opt_u32(lua_State *L, int arg, const Codec *codec, int i, uint32_t absent);
/* Element 'i' as a string without zeros, or raises. It stays on the stack, which keeps it. */
const char *ps_address_text(lua_State *L, int arg, const Codec *codec, int i);
/* The host, element 1, as a string; raises a gaierror where it has zeros inside. It stays on the stack. */
const char *ps_address_host(lua_State *L, int arg, const Codec *codec);
/* The index of an interface, or raises ENODEV with its name for an address. */
int ps_address_interface(lua_State *L, const char *name);
/* Raises an OSError without an errno. */
int ps_address_error(lua_State *L, const char *text);

/* Fills a sockaddr of that size from what the address has of it; the rest is zero. */
static inline void ps_address_copy(const Address *a, void *to, size_t size) {
  if (a->len < size) {
    memset(to, 0, size);
    memcpy(to, a->bytes, a->len);
  } else memcpy(to, a->bytes, size); /* of a size that is known: no call */
}

#endif
