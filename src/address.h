/* SPDX-License-Identifier: MIT */
/* Tuples and addresses (tuple.c, address.c, address/FAMILY.c). */
#ifndef PS_ADDRESS_H
#define PS_ADDRESS_H

#include "socket.h"

/* Pushes a new metatable for tuples: sequences whose elements also have names (ended by NULL), which print, and compare
   by value. */
void ps_tuple_metatable_push(lua_State *L, const char *name, const char *const fields[]);
/* Makes a metatable for tuples, and stores it under its name. */
void ps_tuple_define(lua_State *L, const char *name, const char *const fields[]);
/* Gives the table at the top the metatable that is stored under that name. */
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

/* Reads the address at 'arg', of the socket's family: 1, or 0 if the host has to be resolved first. Raises an error for
   an invalid address. */
int ps_address_check(lua_State *L, int arg, const Socket *s, Address *a);
/* Pushes the address at 'arg', whose host is a name, as an address {host, port} for an error. Returns its index. */
int ps_address_named(lua_State *L, int arg);
/* Pushes one value, which is nil if there is no address. */
void ps_address_push(lua_State *L, const Address *a, int proto);

#endif
