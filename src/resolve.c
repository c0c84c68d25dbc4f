/* SPDX-License-Identifier: MIT */
/*
** Name resolution as Lua sees it. What is numeric is answered in place; everything else goes to the resolver's threads and is
** waited for like any other operation, so that a deadline, the scheduler and Ctrl-C count. A lookup in flight stands in the
** operation's progress slot as a to-be-closed value: whichever way the call ends, it is let go at once.
*/
#include <string.h>

#include "core.h"
#include "resolver.h"

#define LABEL_MAX 63 /* RFC 1035 */

typedef struct Lookup {
  Job *job; /* NULL: released */
} Lookup;

static const char lookup_key = 0; /* its metatable in the registry */

static int lookup_close(lua_State *L) {
  Lookup *lookup = lua_touserdata(L, 1);
  Job *job = lookup->job;
  lookup->job = NULL;
  if (job == NULL) return 0;
  if (job->signal[0] != SYS_NO_FD) ps_scheduler_closing(L, job->signal[0]);
  ps_job_release(job);
  return 0;
}

static int world_gc(lua_State *L) {
  World *world = lua_touserdata(L, 1);
  ps_pool_release(world->pool);
  world->pool = NULL;
  return 0;
}

/* {== Arguments ==} */

/* the host at 'arg': NULL for nil */
static const char *check_host(lua_State *L, int arg, const char *what) {
  if (lua_isnil(L, arg)) return NULL;
  const char *host = ps_check_name(L, arg, what);
  if (strchr(host, ':') != NULL) return host;
  for (const char *label = host; *label != '\0';) {
    size_t len = strcspn(label, ".");
    if (len == 0 || len > LABEL_MAX) ps_arg_error(L, arg, "%s has a label that is empty or too long: '%s'", what, host);
    label += len + (label[len] == '.');
  }
  return host;
}

/* the service at 'arg' as text: NULL for nil */
static const char *check_service(lua_State *L, int arg) {
  if (lua_isnil(L, arg)) return NULL;
  if (lua_isinteger(L, arg)) return lua_pushfstring(L, "%I", lua_tointeger(L, arg));
  if (lua_type(L, arg) != LUA_TSTRING) ps_arg_error(L, arg, "port must be an integer, a string or nil, got %s", luaL_typename(L, arg));
  return ps_check_name(L, arg, "port");
}

/* {== The wait ==} */

/* Puts a new lookup into the progress slot. */
static Job *lookup_new(lua_State *L, JobKind kind, const char *host, const char *service) {
  int progress = PS_PROGRESS(ps_operation(L));
  Lookup *lookup = lua_newuserdatauv(L, sizeof *lookup, 0);
  lookup->job = NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &lookup_key);
  lua_setmetatable(L, -2);
  lua_replace(L, progress);
  lua_toclose(L, progress);
  lookup->job = ps_job_new(kind, host, service);
  if (lookup->job == NULL) luaL_error(L, "not enough memory");
  return lookup->job;
}

/* the lookup in the progress slot, or NULL */
static Job *lookup_here(lua_State *L) {
  Lookup *lookup = lua_touserdata(L, PS_PROGRESS(ps_operation(L)));
  return lookup ? lookup->job : NULL;
}

static void lookup_end(lua_State *L) { lua_closeslot(L, PS_PROGRESS(ps_operation(L))); }

/* Starts the job on a thread, or goes on waiting for it. */
static int wait_for(lua_State *L, Job *job, Wait *wait) {
  if (job->pool == NULL) {
    int code = ps_job_submit(job, &ps_world(L)->pool);
    if (code != 0) return ps_error_push(L, code, ps_operation(L)->name, 0);
  }
  wait->fd = job->signal[0];
  wait->events = SYS_READ;
  wait->policy = PS_WAIT_ALWAYS;
  errno = EAGAIN;
  return PS_ERRNO;
}

static int push_failure(lua_State *L, const Job *job, int address) {
  const char *name = ps_operation(L)->name;
  if (job->herror != 0) return ps_error_push_herror(L, job->herror, name, address);
  if (job->code == EAI_SYSTEM) return ps_error_push(L, job->error, name, address);
  return ps_error_push_gai(L, job->code, name, address);
}

/* Answers a lookup without the resolver's help, if that is possible: 1 when the job is done. */
static int run_numeric(Job *job) {
  int flags = job->hints.ai_flags;
  if (job->host != NULL) job->hints.ai_flags |= AI_NUMERICHOST;
  ps_job_run(job);
  job->hints.ai_flags = flags;
  int final = job->code != EAI_NONAME || job->host == NULL || *job->host == '\0' || (flags & AI_NUMERICHOST);
  if (final) job->state = JOB_DONE;
  else job->code = 0;
  return final;
}

/* {== The scheduler's own resolver ==} */

/* Makes of the arguments above the state's slots a call of s:resolve(host, port, family, type, proto, flags); 0 where the
   scheduler has none. */
static int push_resolve(lua_State *L) {
  int base = PS_DEADLINE(ps_operation(L));
  if (!ps_in_task(L)) return 0;
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_SCHEDULER);
  if (lua_getfield(L, -1, "resolve") == LUA_TNIL) return 0;
  lua_insert(L, base + 1);
  lua_insert(L, base + 2);
  return 1;
}

/* {== getaddrinfo ==} */

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
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_ADDRESSES);
  lua_getfield(L, -1, "addrinfo");
  lua_setmetatable(L, -3);
  lua_pop(L, 1);
}

static void check_getaddrinfo(lua_State *L, Socket *s) {
  (void)s;
  static const char *const names[] = {"family", "type", "proto", "flags", "timeout", NULL};
  if (lua_gettop(L) < 2) ps_type_error(L, lua_gettop(L) + 1, lua_gettop(L) ? "port" : "host");
  ps_options_spread(L, 3, names);
  check_host(L, 1, "host");
  check_service(L, 2);
  lua_settop(L, 7); /* what check_service made */
  for (int i = 0; i < 4; i++) ps_opt_int(L, 3 + i, names[i], 0);
  if (!lua_isnil(L, 7)) ps_check_timeout(L, 7, "timeout");
}

/* the timeout that was given, or else the default one; one of 0 ends the wait, but is no reason not to begin */
static int64_t lookup_timeout(lua_State *L, int arg) {
  int64_t timeout = ps_world(L)->timeout;
  if (arg == 0 || lua_isnil(L, arg)) return timeout > 0 ? timeout : -1;
  timeout = ps_check_timeout(L, arg, "timeout");
  return timeout == 0 ? 1 : timeout;
}

/***
What a host and a service are called on the network: addresses to connect to or to bind.
@function getaddrinfo
@tparam ?string host a name or a numeric address; nil: this machine (`AI_PASSIVE`: all of its addresses)
@tparam ?string|integer port a number or a service name
@tparam[opt=AF_UNSPEC] integer family
@tparam[opt=0] integer type
@tparam[opt=0] integer proto
@tparam[opt=0] integer flags `AI_*`
@tparam[opt] table options those above by name, and `timeout` in seconds (by default the default timeout)
@treturn table a sequence of `{family, type, proto, canonname, sockaddr}`, which also answer by these names
@raise gaierror, timeout
@see Python's socket.getaddrinfo
*/
static int try_getaddrinfo(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  int progress = PS_PROGRESS(ps_operation(L));
  if (lua_istable(L, progress)) { /* from the scheduler */
    lua_pushvalue(L, progress);
    return 1;
  }
  wait->timeout = lookup_timeout(L, 7);
  Job *job = lookup_here(L);
  if (job == NULL) {
    job = lookup_new(L, PS_GETADDRINFO, lua_tostring(L, 1), check_service(L, 2));
    job->hints.ai_family = (int)lua_tointeger(L, 3);
    job->hints.ai_socktype = (int)lua_tointeger(L, 4);
    job->hints.ai_protocol = (int)lua_tointeger(L, 5);
    job->hints.ai_flags = (int)lua_tointeger(L, 6);
    if (!run_numeric(job)) {
      int base = PS_DEADLINE(ps_operation(L));
      lua_settop(L, base);
      for (int i = 1; i <= 6; i++) lua_pushvalue(L, i);
      if (push_resolve(L)) {
        lookup_end(L);
        return PS_CALL;
      }
      lua_settop(L, base);
    }
  }
  if (!ps_job_done(job)) return wait_for(L, job, wait);
  if (job->code != 0) return push_failure(L, job, 1);
  lua_newtable(L);
  lua_Integer i = 0;
  for (const struct addrinfo *info = job->list; info != NULL; info = info->ai_next) {
    push_addrinfo(L, info);
    lua_rawseti(L, -2, ++i);
  }
  lookup_end(L);
  return 1;
}

/* {== A host name where an address is wanted ==} */

/* the first address that the scheduler's resolver found, in place of the host's */
static void take_resolved(lua_State *L, int progress, int arg) {
  lua_geti(L, progress, 1);
  if (!lua_istable(L, -1)) luaL_error(L, "the scheduler's resolver gave no address");
  lua_geti(L, -1, 5);
  lua_replace(L, arg);
  lua_pushnil(L);
  lua_replace(L, progress);
}

int ps_resolve_address(lua_State *L, const Socket *s, int arg, Address *a, Wait *wait) {
  int progress = PS_PROGRESS(ps_operation(L)), family = a->any.sa_family; /* the socket's may only borrow this one's addresses */
  Job *job = lookup_here(L);
  if (lua_istable(L, progress)) {
    take_resolved(L, progress, arg);
    return PS_AGAIN;
  }
  if (job == NULL) {
    if (lua_geti(L, arg, 1) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_getfield(L, arg, "host");
    }
    int top = lua_gettop(L);
    const char *host = lua_tostring(L, top);
    lua_pushinteger(L, ntohs(a->in.sin_port)); /* it is where sin6_port is */
    lua_pushinteger(L, family);
    lua_pushinteger(L, s->type);
    lua_pushinteger(L, 0);
    lua_pushinteger(L, 0);
    if (push_resolve(L)) return PS_CALL;
    lua_settop(L, top);
    job = lookup_new(L, PS_GETADDRINFO, host, NULL);
    job->hints.ai_family = family;
    run_numeric(job);
  }
  if (!ps_job_done(job)) return wait_for(L, job, wait);
  if (job->code != 0) return push_failure(L, job, arg);
  if (family == AF_INET) a->in.sin_addr = ((struct sockaddr_in *)job->list->ai_addr)->sin_addr;
  else {
    const struct sockaddr_in6 *found = (struct sockaddr_in6 *)job->list->ai_addr;
    a->in6.sin6_addr = found->sin6_addr;
    if (a->in6.sin6_scope_id == 0) a->in6.sin6_scope_id = found->sin6_scope_id;
  }
  ps_address_push(L, a, s->proto);
  lua_replace(L, arg);
  lookup_end(L);
  return PS_AGAIN;
}

/* {== getnameinfo ==} */

/* Reads {host, port[, flowinfo[, scope_id]]} with a numeric host into the job. */
static int numeric_address(lua_State *L, Job *job) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *found = NULL;
  lua_Integer numbers[] = {0, 0};
  char port[16];
  lua_geti(L, 1, 1);
  lua_geti(L, 1, 2);
  for (int i = 0; i < 2; i++) {
    if (lua_geti(L, 1, 3 + i) != LUA_TNIL) numbers[i] = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
  }
  lua_Integer number = lua_tointeger(L, -1);
  snprintf(port, sizeof port, "%d", (int)number);
  int code = getaddrinfo(lua_tostring(L, -2), port, &hints, &found);
  if (code != 0) return ps_error_push_gai(L, code, "getnameinfo", 1);
  job->addrlen = found->ai_addrlen;
  memcpy(&job->addr, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (job->addr.ss_family == AF_INET6) {
    ((struct sockaddr_in6 *)&job->addr)->sin6_flowinfo = htonl((uint32_t)numbers[0]);
    if (numbers[1] != 0) ((struct sockaddr_in6 *)&job->addr)->sin6_scope_id = (uint32_t)numbers[1];
  } else if (luaL_len(L, 1) != 2) return ps_error_push_class(L, "OSError", "getnameinfo", "IPv4 sockaddr must be 2 tuple");
  lua_pop(L, 2);
  return 0;
}

static void check_getnameinfo(lua_State *L, Socket *s) {
  (void)s;
  lua_settop(L, 2);
  if (!lua_istable(L, 1)) ps_type_error(L, 1, "sockaddr");
  if (lua_geti(L, 1, 1) != LUA_TSTRING) ps_arg_error(L, 1, "host must be a string, got %s", luaL_typename(L, -1));
  if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1)) ps_arg_error(L, 1, "host must not contain null characters");
  lua_geti(L, 1, 2);
  if (!lua_isinteger(L, -1)) ps_arg_error(L, 1, "port must be an integer, got %s", luaL_typename(L, -1));
  if (lua_geti(L, 1, 3) != LUA_TNIL) {
    int isnum;
    lua_Integer flowinfo = lua_tointegerx(L, -1, &isnum);
    if (!isnum || flowinfo < 0 || flowinfo > 0xFFFFF)
      ps_arg_error(L, 1, "flowinfo must be 0-1048575, got %s", luaL_tolstring(L, -1, NULL));
  }
  if (lua_geti(L, 1, 4) != LUA_TNIL && !lua_isinteger(L, -1))
    ps_arg_error(L, 1, "scope_id must be an integer, got %s", luaL_typename(L, -1));
  ps_check_int(L, 2, "flags");
  lua_settop(L, 2);
}

/***
The host and the service that an address belongs to.
@function getnameinfo
@tparam table sockaddr `{host, port[, flowinfo[, scope_id]]}` with a numeric host
@tparam integer flags `NI_*`
@treturn string host
@treturn string service
@raise gaierror, timeout (the default timeout counts)
@see Python's socket.getnameinfo
*/
static int try_getnameinfo(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  wait->timeout = lookup_timeout(L, 0);
  Job *job = lookup_here(L);
  if (job == NULL) {
    job = lookup_new(L, PS_GETNAMEINFO, NULL, NULL);
    job->flags = (int)lua_tointeger(L, 2);
    int failed = numeric_address(L, job);
    if (failed) return failed;
    if (job->flags & NI_NUMERICHOST) {
      ps_job_run(job);
      job->state = JOB_DONE;
    }
  }
  if (!ps_job_done(job)) return wait_for(L, job, wait);
  if (job->code != 0) return push_failure(L, job, 1);
  lua_pushstring(L, job->name);
  lua_pushstring(L, job->port);
  lookup_end(L);
  return 2;
}

/* {== gethostby... ==} */

static void check_hostname(lua_State *L, Socket *s) {
  (void)s;
  if (lua_gettop(L) < 1 || lua_isnil(L, 1)) ps_type_error(L, 1, "host name");
  check_host(L, 1, "hostname");
}

/***
The IPv4 address of a host, as text.
@function gethostbyname
@tparam string hostname
@treturn string
@raise gaierror, timeout (the default timeout counts)
@see Python's socket.gethostbyname
*/
static int try_gethostbyname(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  char text[INET_ADDRSTRLEN];
  const char *host = lua_tostring(L, 1);
  wait->timeout = lookup_timeout(L, 0);
  if (*host == '\0' || strcmp(host, "<broadcast>") == 0) {
    lua_pushstring(L, *host == '\0' ? "0.0.0.0" : "255.255.255.255");
    return 1;
  }
  Job *job = lookup_here(L);
  if (job == NULL) {
    job = lookup_new(L, PS_GETADDRINFO, host, NULL);
    job->hints.ai_family = AF_INET;
    run_numeric(job);
  }
  if (!ps_job_done(job)) return wait_for(L, job, wait);
  if (job->code != 0) return push_failure(L, job, 1);
  lua_pushstring(L, inet_ntop(AF_INET, &((struct sockaddr_in *)job->list->ai_addr)->sin_addr, text, sizeof text));
  lookup_end(L);
  return 1;
}

/* name, aliases, addresses */
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
    lua_pushstring(L, inet_ntop(h->h_addrtype, h->h_addr_list[i], text, sizeof text));
    lua_rawseti(L, -2, i + 1);
  }
  return 3;
}

static int try_hostent(lua_State *L, JobKind kind, int family, Wait *wait) {
  wait->timeout = lookup_timeout(L, 0);
  Job *job = lookup_here(L);
  if (job == NULL) {
    job = lookup_new(L, kind, lua_tostring(L, 1), NULL);
    job->hints.ai_family = family;
  }
  if (!ps_job_done(job)) return wait_for(L, job, wait);
  if (job->code != 0 || job->hostent == NULL) return push_failure(L, job, 1);
  push_hostent(L, job->hostent);
  lookup_end(L);
  return 3;
}

/***
The name, the other names and the IPv4 addresses of a host.
@function gethostbyname_ex
@tparam string hostname
@treturn string
@treturn table aliases
@treturn table addresses
@raise gaierror, herror, timeout (the default timeout counts)
@see Python's socket.gethostbyname_ex
*/
static int try_gethostbyname_ex(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  return try_hostent(L, PS_GETHOSTBYNAME, AF_INET, wait);
}

/***
The name, the other names and the addresses of the host that has an address.
@function gethostbyaddr
@tparam string ip_address of IPv4 or IPv6, or a host name
@treturn string
@treturn table aliases
@treturn table addresses
@raise gaierror, herror, timeout (the default timeout counts)
@see Python's socket.gethostbyaddr
*/
static int try_gethostbyaddr(lua_State *L, Socket *s, Wait *wait) {
  (void)s;
  if (*lua_tostring(L, 1) == '\0')
    return ps_error_push_class(L, "OSError", "gethostbyaddr", "wildcard resolved to multiple address");
  return try_hostent(L, PS_GETHOSTBYADDR, AF_UNSPEC, wait);
}

static const Operation operations[] = {
    /* function           arguments  waits for  address  attempt           checks */
    {"getaddrinfo",      7, SYS_READ, 0, try_getaddrinfo,      check_getaddrinfo, NULL},
    {"getnameinfo",      2, SYS_READ, 0, try_getnameinfo,      check_getnameinfo, NULL},
    {"gethostbyname",    1, SYS_READ, 0, try_gethostbyname,    check_hostname,    NULL},
    {"gethostbyname_ex", 1, SYS_READ, 0, try_gethostbyname_ex, check_hostname,    NULL},
    {"gethostbyaddr",    1, SYS_READ, 0, try_gethostbyaddr,    check_hostname,    NULL},
    {NULL,               0, 0,        0, NULL,                 NULL,              NULL},
};

void ps_resolve_open(lua_State *L) {
  ps_operations_register(L, PS_OPEN_CORE, operations, 0);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_ADDRESSES);
  ps_tuple_metatable_push(L, "addrinfo", addrinfo_fields);
  lua_setfield(L, -2, "addrinfo");
  lua_createtable(L, 0, 2);
  ps_function_push(L, "close", lookup_close, 0, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__gc");
  lua_setfield(L, -2, "__close");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &lookup_key);
  lua_createtable(L, 0, 1);
  ps_function_push(L, "release", world_gc, 0, 0);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, lua_upvalueindex(PS_UP_WORLD));
}
