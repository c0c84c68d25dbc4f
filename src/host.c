/* SPDX-License-Identifier: MIT */
/* Lookups of hosts by address and by name: getnameinfo, and the older gethostby functions. */
#include <string.h>

#include "lookup.h"

/* Pushes element 'i' of the sockaddr, an integer or nil, and returns its value. */
static lua_Integer integer_of(lua_State *L, int i, const char *what) {
  int isnum;
  if (lua_geti(L, 1, i) == LUA_TNIL) return 0;
  lua_Integer value = ps_to_integer(L, -1, &isnum);
  if (!isnum) ps_arg_error(L, 1, "%s must be an integer, got %s", what, ps_type_name(L, lua_gettop(L)));
  return value;
}

static void check_getnameinfo(lua_State *L, Socket *s) {
  (void)s;
  lua_settop(L, 2);
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "sockaddr");
  if (lua_geti(L, 1, 1) != LUA_TSTRING) ps_arg_error(L, 1, "host must be a string, got %s", luaL_typename(L, -1));
  integer_of(L, 2, "port");
  if (lua_isnil(L, -1)) ps_arg_error(L, 1, "port must be an integer, got nil");
  if (luaL_len(L, 1) > 4) ps_arg_error(L, 1, "sockaddr has at most 4 elements, got %I", luaL_len(L, 1));
  lua_Integer flowinfo = integer_of(L, 3, "flowinfo");
  if (flowinfo < 0 || flowinfo > 0xFFFFF) ps_arg_error(L, 1, "flowinfo must be 0-1048575, got %I", flowinfo);
  integer_of(L, 4, "scope_id");
  ps_check_int(L, 2, "flags");
  lua_settop(L, 2);
}

/* Makes a lookup of {host, port[, flowinfo[, scope_id]]}, which has failed if the host is not numeric. */
static Job *new_lookup(lua_State *L) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *found = NULL;
  lua_geti(L, 1, 1);
  int host = lua_gettop(L);
  lua_pushfstring(L, "%I", integer_of(L, 2, "port"));
  Job *job = ps_lookup_new(L, PS_GETNAMEINFO, host, lua_gettop(L));
  lua_Integer flowinfo = integer_of(L, 3, "flowinfo"), scope = integer_of(L, 4, "scope_id");
  if (job->code == 0) job->code = sys_getaddrinfo(job->host, job->service, &hints, &found);
  if (job->code != 0) {
    job->state = JOB_DONE;
    return job;
  }
  job->addrlen = found->ai_addrlen;
  memcpy(&job->addr, found->ai_addr, found->ai_addrlen);
  sys_freeaddrinfo(found);
  if (job->addr.ss_family == AF_INET6) {
    ((struct sockaddr_in6 *)&job->addr)->sin6_flowinfo = htonl((uint32_t)flowinfo);
    if (scope != 0) ((struct sockaddr_in6 *)&job->addr)->sin6_scope_id = (uint32_t)scope;
  }
  return job;
}

/***
Looks up the names of the host and the service of an address.
@function getnameinfo
@async
@tparam table sockaddr `{host, port[, flowinfo[, scope_id]]}` with a numeric host
@tparam integer flags `NI_*`
@treturn string the host
@treturn string the service
@raise gaierror; timeout, after the default timeout
@see Python's socket.getnameinfo
*/
static int try_getnameinfo(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  wait->timeout = ps_lookup_timeout(L, 0);
  Job *job = ps_lookup_here(L);
  if (job == NULL) {
    job = new_lookup(L);
    job->flags = (int)lua_tointeger(L, 2);
    if (job->addr.ss_family == AF_INET && luaL_len(L, 1) != 2)
      return ps_error_push_class(L, "OSError", "getnameinfo", "IPv4 sockaddr must be 2 tuple");
    if (job->state == JOB_NEW && (job->flags & NI_NUMERICHOST)) {
      ps_job_run(job);
      job->state = JOB_DONE;
    }
  }
  if (!ps_job_done(job)) return ps_lookup_wait(L, wait);
  if (job->code != 0) return ps_lookup_failure(L, job, 1);
  lua_pushstring(L, job->name);
  lua_pushstring(L, job->port);
  ps_lookup_end(L);
  return 2;
}

static void check_hostname(lua_State *L, Socket *s) {
  (void)s;
  if (lua_gettop(L) < 1 || lua_isnil(L, 1)) ps_type_error(L, 1, "host name");
  ps_check_string(L, 1, "hostname", NULL);
}

/* Is the string at 'arg' equal to 'text'? */
static int is_text(lua_State *L, int arg, const char *text) {
  size_t len = strlen(text);
  return lua_rawlen(L, arg) == len && memcmp(lua_tostring(L, arg), text, len) == 0;
}

/***
Looks up the IPv4 address of a host.
@function gethostbyname
@async
@tparam string hostname a name or an address
@treturn string the address
@raise gaierror; timeout, after the default timeout
@see Python's socket.gethostbyname
*/
static int try_gethostbyname(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  char text[INET_ADDRSTRLEN];
  wait->timeout = ps_lookup_timeout(L, 0);
  if (is_text(L, 1, "") || is_text(L, 1, "<broadcast>")) {
    lua_pushstring(L, lua_rawlen(L, 1) == 0 ? "0.0.0.0" : "255.255.255.255");
    return 1;
  }
  Job *job = ps_lookup_here(L);
  if (job == NULL) {
    job = ps_lookup_new(L, PS_GETADDRINFO, 1, 0);
    job->hints.ai_family = AF_INET;
    ps_lookup_numeric(job);
  }
  if (!ps_job_done(job)) return ps_lookup_wait(L, wait);
  if (job->code != 0) return ps_lookup_failure(L, job, 1);
  lua_pushstring(L, sys_inet_ntop(AF_INET, &((struct sockaddr_in *)job->list->ai_addr)->sin_addr, text, sizeof text));
  ps_lookup_end(L);
  return 1;
}

/* Pushes the name, the aliases and the addresses. */
static int push_hostent(lua_State *L, const struct hostent *h) {
  lua_pushstring(L, h->h_name);
  lua_newtable(L);
  for (int i = 0; h->h_aliases[i] != NULL; i++) {
    lua_pushstring(L, h->h_aliases[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_newtable(L);
  for (int i = 0; h->h_addr_list[i] != NULL; i++) {
    char text[INET6_ADDRSTRLEN];
    lua_pushstring(L, sys_inet_ntop(h->h_addrtype, h->h_addr_list[i], text, sizeof text));
    lua_rawseti(L, -2, i + 1);
  }
  return 3;
}

static int try_hostent(lua_State *L, JobKind kind, int family, Wait *wait) {
  wait->timeout = ps_lookup_timeout(L, 0);
  Job *job = ps_lookup_here(L);
  if (job == NULL) {
    job = ps_lookup_new(L, kind, 1, 0);
    job->hints.ai_family = family;
  }
  if (!ps_job_done(job)) return ps_lookup_wait(L, wait);
  if (job->code != 0 || job->hostent == NULL) return ps_lookup_failure(L, job, 1);
  push_hostent(L, job->hostent);
  ps_lookup_end(L);
  return 3;
}

/***
Looks up the name, the aliases and the IPv4 addresses of a host.
@function gethostbyname_ex
@async
@tparam string hostname a name or an address
@treturn string the name
@treturn table a sequence of the aliases
@treturn table a sequence of the addresses
@raise gaierror, herror; timeout, after the default timeout
@see Python's socket.gethostbyname_ex
*/
static int try_gethostbyname_ex(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  return try_hostent(L, PS_GETHOSTBYNAME, AF_INET, wait);
}

/***
Looks up the name, the aliases and the addresses of the host that has an address.
@function gethostbyaddr
@async
@tparam string ip_address an IPv4 or IPv6 address, or a host name
@treturn string the name
@treturn table a sequence of the aliases
@treturn table a sequence of the addresses
@raise gaierror, herror; timeout, after the default timeout
@see Python's socket.gethostbyaddr
*/
static int try_gethostbyaddr(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  if (is_text(L, 1, ""))
    return ps_error_push_class(L, "OSError", "gethostbyaddr", "wildcard resolved to multiple address");
  return try_hostent(L, PS_GETHOSTBYADDR, AF_UNSPEC, wait);
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for address attempt               checks             failure as a result */
    {"getnameinfo",       2,        SYS_READ, 1,      try_getnameinfo,      check_getnameinfo, NULL},
    {"gethostbyname",     1,        SYS_READ, 1,      try_gethostbyname,    check_hostname,    NULL},
    {"gethostbyname_ex",  1,        SYS_READ, 1,      try_gethostbyname_ex, check_hostname,    NULL},
    {"gethostbyaddr",     1,        SYS_READ, 1,      try_gethostbyaddr,    check_hostname,    NULL},
    {NULL,                0,        0,        0,      NULL,                 NULL,              NULL},
};
/* clang-format on */

void ps_host_open(lua_State *L) { ps_operations_register(L, PS_OPEN_CORE, operations, 0); }
