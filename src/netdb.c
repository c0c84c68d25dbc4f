/* SPDX-License-Identifier: MIT */
/*
** The names of services, of protocols and of this host. Lua states in several threads may call these functions at the
** same time, so they use the reentrant forms of the system's calls where the system has them.
*/
#include <string.h>

#include "core.h"

/* The memory for an entry. A line of /etc/services needs little; NSS modules may need more, and report it with ERANGE.
   */
#define ENTRY_MIN ((size_t)1024)
#define ENTRY_MAX ((size_t)1024 * 1024)

#define HOST_NAME_ROOM 1025 /* longer than any system's HOST_NAME_MAX */

static const char *opt_key(lua_State *L, int arg, const char *what) {
  return lua_isnoneornil(L, arg) ? NULL : ps_check_key(L, arg, what);
}

/* Finds a service by name or, if that is NULL, by port (in network byte order). The entry points into scratch memory.
   */
static struct servent *find_service(lua_State *L, const char *name, int port, const char *proto,
                                    struct servent *entry) {
#ifdef SYS_SERVICES_R
  struct servent *found = NULL;
  int code = ERANGE;
  for (size_t size = ENTRY_MIN; code == ERANGE && size <= ENTRY_MAX; size *= 2) {
    char *room = ps_scratch(L, size);
    code = name != NULL ? getservbyname_r(name, proto, entry, room, size, &found)
                        : getservbyport_r(port, proto, entry, room, size, &found);
  }
  return found;
#else
  (void)L, (void)entry;
  return name != NULL ? getservbyname(name, proto) : getservbyport(port, proto);
#endif
}

static struct protoent *find_protocol(lua_State *L, const char *name, struct protoent *entry) {
#ifdef SYS_PROTOCOLS_R
  struct protoent *found = NULL;
  int code = ERANGE;
  for (size_t size = ENTRY_MIN; code == ERANGE && size <= ENTRY_MAX; size *= 2)
    code = getprotobyname_r(name, entry, ps_scratch(L, size), size, &found);
  return found;
#else
  (void)L, (void)entry;
  return getprotobyname(name);
#endif
}

/***
Returns the port of a service.
@function getservbyname
@tparam string servicename such as `"http"`
@tparam[opt] string protocolname `"tcp"` or `"udp"`; nil: any
@treturn integer the port
@raise OSError without an errno for an unknown service
@see Python's socket.getservbyname; getservbyname(3)
*/
static int f_getservbyname(lua_State *L) {
  const char *name = ps_check_key(L, 1, "servicename");
  const char *proto = opt_key(L, 2, "protocolname");
  struct servent entry;
  const struct servent *service = find_service(L, name, 0, proto, &entry);
  if (service == NULL) return ps_error_raise_text(L, "getservbyname", "service/proto not found");
  lua_pushinteger(L, ntohs((uint16_t)service->s_port));
  return 1;
}

/***
Returns the name of the service on a port.
@function getservbyport
@tparam integer port 0 to 65535
@tparam[opt] string protocolname `"tcp"` or `"udp"`; nil: any
@treturn string the name
@raise OSError without an errno for a port without a service
@see Python's socket.getservbyport; getservbyport(3)
*/
static int f_getservbyport(lua_State *L) {
  uint16_t port = (uint16_t)ps_check_integer(L, 1, "port", 0, 65535);
  const char *proto = opt_key(L, 2, "protocolname");
  struct servent entry;
  const struct servent *service = find_service(L, NULL, htons(port), proto, &entry);
  if (service == NULL) return ps_error_raise_text(L, "getservbyport", "port/proto not found");
  lua_pushstring(L, service->s_name);
  return 1;
}

/***
Returns the number of a protocol, for the third argument of `socket`.
@function getprotobyname
@tparam string protocolname such as `"icmp"`
@treturn integer the number
@raise OSError without an errno for an unknown protocol
@see Python's socket.getprotobyname; getprotobyname(3)
*/
static int f_getprotobyname(lua_State *L) {
  const char *name = ps_check_key(L, 1, "protocolname");
  struct protoent entry;
  const struct protoent *protocol = find_protocol(L, name, &entry);
  if (protocol == NULL) return ps_error_raise_text(L, "getprotobyname", "protocol not found");
  lua_pushinteger(L, protocol->p_proto);
  return 1;
}

/***
Returns the name of this host, as the system has it, with or without a domain.
@function gethostname
@treturn string the name
@raise OSError as gethostname(2)
@see Python's socket.gethostname
*/
static int f_gethostname(lua_State *L) {
  char name[HOST_NAME_ROOM];
  int done = sys_gethostname(name, sizeof name - 1);
  int code = errno;
  if (done != 0) return ps_error_raise(L, code, "gethostname", 0);
  name[sizeof name - 1] = '\0'; /* a name that was cut may have no zero at its end */
  lua_pushstring(L, name);
  return 1;
}

#ifdef sys_sethostname
/***
Sets the name of this host, until the host is started again.
@function sethostname
@tparam string name the new name
@raise PermissionError without the rights of an administrator; OSError if the system refuses the name
@see Python's socket.sethostname; sethostname(2)
*/
static int f_sethostname(lua_State *L) {
  const char *name = ps_check_name(L, 1, "name");
  int done = sys_sethostname(name, strlen(name));
  int code = errno;
  if (done != 0) return ps_error_raise(L, code, "sethostname", 0);
  return 0;
}
#endif

static const luaL_Reg functions[] = {
    {"getservbyname", f_getservbyname},
    {"getservbyport", f_getservbyport},
    {"getprotobyname", f_getprotobyname},
    {"gethostname", f_gethostname},
#ifdef sys_sethostname
    {"sethostname", f_sethostname},
#endif
    {NULL, NULL},
};

void ps_netdb_open(lua_State *L) { ps_register(L, PS_OPEN_CORE, functions, 0); }
