/* SPDX-License-Identifier: MIT */
/* getaddrinfo, and the lookup of host names in addresses. */
#include <string.h>

#include "lookup.h"

static void check_service(lua_State *L, int arg) {
  int isnum;
  ps_to_integer(L, arg, &isnum);
  if (isnum || lua_isnil(L, arg) || lua_type(L, arg) == LUA_TSTRING) return;
  ps_arg_error(L, arg, "port must be an integer, a string or nil, got %s", ps_describe(L, arg));
}

/* Pushes the service at 'arg' as text, or nil. Returns its index. */
static int push_service(lua_State *L, int arg) {
  if (lua_type(L, arg) == LUA_TNUMBER) lua_pushfstring(L, "%I", lua_tointeger(L, arg));
  else lua_pushvalue(L, arg);
  return lua_gettop(L);
}

/* Makes a call of scheduler:resolve(host, port, family, type, proto, flags) of the arguments above the operation's
   slots: 1, or 0 where the scheduler has no such method. */
static int push_resolve(lua_State *L) {
  int base = PS_DEADLINE(ps_operation(L));
  if (!ps_in_task(L, ps_world(L))) return 0;
  ps_scheduler_push(L);
  if (lua_getfield(L, -1, "resolve") == LUA_TNIL) return 0;
  lua_insert(L, base + 1);
  lua_insert(L, base + 2);
  return 1;
}

static const char *const addrinfo_fields[] = {"family", "type", "proto", "canonname", "sockaddr", NULL};

static void push_addrinfo(lua_State *L, const struct addrinfo *info) {
  Address a;
  const lua_Integer numbers[] = {info->ai_family, info->ai_socktype, info->ai_protocol};
  lua_createtable(L, 5, 0);
  for (int i = 0; i < 3; i++) {
    lua_pushinteger(L, numbers[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushstring(L, info->ai_canonname ? info->ai_canonname : "");
  lua_rawseti(L, -2, 4);
  a.len = info->ai_addrlen < sizeof a.storage ? info->ai_addrlen : sizeof a.storage;
  memcpy(&a.storage, info->ai_addr, a.len);
  ps_address_push(L, &a, info->ai_protocol);
  lua_rawseti(L, -2, 5);
  ps_tuple_dress(L, "addrinfo");
}

static void check_getaddrinfo(lua_State *L, Socket *s) {
  (void)s;
  static const char *const numbers[] = {"family", "type", "proto", "flags"};
  int given = lua_gettop(L);
  if (given < 2 && !lua_istable(L, 1)) ps_type_error(L, given + 1, given == 0 ? "host" : "port");
  ps_options_spread(L, 1, 6, "host= port= family= type= proto= flags= timeout=");
  lua_settop(L, 7);
  if (!lua_isnil(L, 1)) ps_check_string(L, 1, "host", NULL);
  check_service(L, 2);
  for (int i = 0; i < 4; i++) ps_opt_int(L, 3 + i, numbers[i], 0);
  if (!lua_isnil(L, 7)) ps_check_timeout(L, 7, "timeout");
}

/***
Looks up the addresses of a host and a service, to connect to or to bind to.
@class addrinfo an address found by `getaddrinfo`: a sequence of five elements, which also have names
@tfield integer family `AF_*`
@tfield integer type `SOCK_*`
@tfield integer proto the protocol
@tfield string canonname the canonical name of the host with `AI_CANONNAME`, else `""`
@tfield address sockaddr the address, for `connect`, `bind` and `sendto`
@function getaddrinfo
@async
@tparam ?string host a name or a numeric address; nil: this machine, or with `AI_PASSIVE` all of its addresses
@tparam ?string|integer port a number or the name of a service
@tparam[opt=AF_UNSPEC] integer family `AF_*`; `AF_UNSPEC`: any
@tparam[opt=0] integer type `SOCK_*`; 0: any
@tparam[opt=0] integer proto the protocol; 0: any
@tparam[opt=0] integer flags `AI_*`
@tparam[opt] table options the arguments above by name, and `timeout` in seconds, in place of the default timeout
@treturn addrinfo[] a sequence of `{family, type, proto, canonname, sockaddr}`, whose elements also have these names
@raise gaierror, timeout
@see Python's socket.getaddrinfo
*/
static int try_getaddrinfo(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  int progress = PS_PROGRESS(ps_operation(L));
  if (lua_istable(L, progress)) { /* the answer of the scheduler's resolver */
    lua_pushvalue(L, progress);
    return 1;
  }
  wait->timeout = ps_lookup_timeout(L, 7);
  Job *job = ps_lookup_here(L);
  if (job == NULL) {
    job = ps_lookup_new(L, PS_GETADDRINFO, 1, push_service(L, 2));
    job->hints.ai_family = (int)lua_tointeger(L, 3);
    job->hints.ai_socktype = (int)lua_tointeger(L, 4);
    job->hints.ai_protocol = (int)lua_tointeger(L, 5);
    job->hints.ai_flags = (int)lua_tointeger(L, 6);
    if (!ps_lookup_numeric(job)) {
      int base = PS_DEADLINE(ps_operation(L));
      lua_settop(L, base);
      for (int i = 1; i <= 6; i++) lua_pushvalue(L, i);
      if (push_resolve(L)) {
        ps_lookup_end(L);
        return PS_CALL;
      }
      lua_settop(L, base);
    }
  }
  if (!ps_job_done(job)) return ps_lookup_wait(L, wait);
  if (job->code != 0) return ps_lookup_failure(L, job, 1);
  lua_newtable(L);
  lua_Integer i = 0;
  for (const struct addrinfo *info = job->list; info != NULL; info = info->ai_next) {
    push_addrinfo(L, info);
    lua_rawseti(L, -2, ++i);
  }
  ps_lookup_end(L);
  return 1;
}

/* Replaces the address at 'arg' by the first one that the scheduler's resolver has found. */
static void take_resolved(lua_State *L, const Socket *s, int progress, int arg, Address *a) {
  lua_geti(L, progress, 1);
  if (!lua_istable(L, -1)) luaL_error(L, "the scheduler's resolver gave no address");
  lua_geti(L, -1, 5);
  lua_replace(L, arg);
  lua_pushnil(L);
  lua_replace(L, progress);
  if (!ps_address_check(L, arg, s, a)) luaL_error(L, "the scheduler's resolver gave an address without a numeric host");
}

int ps_resolve_address(lua_State *L, const Socket *s, int arg, Address *a, Wait *wait) {
  int progress = PS_PROGRESS(ps_operation(L));
  int family = a->any.sa_family; /* not the socket's family, which may use addresses of another one */
  Job *job = ps_lookup_here(L);
  if (lua_istable(L, progress)) {
    take_resolved(L, s, progress, arg, a);
    return PS_AGAIN;
  }
  if (job == NULL) {
    if (lua_geti(L, arg, 1) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_getfield(L, arg, "host");
    }
    int host = lua_gettop(L);
    job = ps_lookup_new(L, PS_GETADDRINFO, host, 0);
    job->hints.ai_family = family;
    if (!ps_lookup_numeric(job)) {
      lua_pushinteger(L, ntohs(a->in.sin_port)); /* sin6_port is at the same place */
      lua_pushinteger(L, family);
      lua_pushinteger(L, s->type);
      lua_pushinteger(L, 0);
      lua_pushinteger(L, 0);
      if (push_resolve(L)) {
        ps_lookup_end(L);
        return PS_CALL;
      }
      lua_settop(L, host);
    }
  }
  if (!ps_job_done(job)) return ps_lookup_wait(L, wait);
  if (job->code != 0) return ps_lookup_failure(L, job, arg);
  if (family == AF_INET) a->in.sin_addr = ((struct sockaddr_in *)job->list->ai_addr)->sin_addr;
  else {
    const struct sockaddr_in6 *found = (struct sockaddr_in6 *)job->list->ai_addr;
    a->in6.sin6_addr = found->sin6_addr;
    if (a->in6.sin6_scope_id == 0) a->in6.sin6_scope_id = found->sin6_scope_id;
  }
  ps_address_push(L, a, s->proto);
  lua_replace(L, arg);
  ps_lookup_end(L);
  return PS_AGAIN;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for address attempt          checks             failure as a result */
    {"getaddrinfo",       7,        SYS_READ, 1,      try_getaddrinfo, check_getaddrinfo, NULL},
    {NULL,                0,        0,        0,      NULL,            NULL,              NULL},
};
/* clang-format on */

void ps_resolve_open(lua_State *L) {
  ps_operations_register(L, PS_OPEN_CORE, operations, 0);
  ps_tuple_define(L, "addrinfo", addrinfo_fields);
}
