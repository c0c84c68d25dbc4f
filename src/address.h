/* SPDX-License-Identifier: MIT */
/* Tuples and addresses (tuple.c, address.c, address/FAMILY.c). */
#ifndef PS_ADDRESS_H
#define PS_ADDRESS_H

#include "socket.h"

/* Pushes a new metatable for sequences whose elements have names too (ended by NULL): they answer to them, print, and
   compare by value. */
void ps_tuple_metatable_push(lua_State *L, const char *name, const char *const fields[]);
/* Makes such a metatable, and keeps it by its name. */
void ps_tuple_define(lua_State *L, const char *name, const char *const fields[]);
/* Gives the table at the top the metatable that is kept by that name. */
void ps_tuple_dress(lua_State *L, const char *name);

typedef struct Address {
  union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
    char bytes[sizeof(struct sockaddr_storage) + 1];
  };
  socklen_t len;
} Address;

/* 1, or 0 where the host has to be resolved first; raises for a bad address. */
int ps_address_check(lua_State *L, int arg, const Socket *s, Address *a);
/* Pushes the address at 'arg', whose host is a name, as {host, port} that prints; its index. */
int ps_address_named(lua_State *L, int arg);
/* Pushes one value: nil for no address. */
void ps_address_push(lua_State *L, const Address *a, int proto);

#endif
