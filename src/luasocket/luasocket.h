/* SPDX-License-Identifier: MIT */
/*
** What the files of LuaSocket's interface share. An object of LuaSocket is a Conn: a socket with a buffer, two timeouts and
** counters. Its methods are C functions that check the object and, where a call may wait, run a row of operation.c. A failure is
** a result: nil and a text.
*/
#ifndef PS_LUASOCKET_H
#define PS_LUASOCKET_H

#include "../buffer.h"
#include "../source.h"

typedef enum Class {
  TCP_MASTER,
  TCP_SERVER,
  TCP_CLIENT,
  UDP_UNCONNECTED,
  UDP_CONNECTED,
  UNIX_MASTER,
  UNIX_SERVER,
  UNIX_CLIENT,
  UNIXDGRAM_UNCONNECTED,
  UNIXDGRAM_CONNECTED,
  TLS_CONNECTION,
  CLASSES
} Class;

/* sets of classes */
#define MASTERS (1u << TCP_MASTER | 1u << UNIX_MASTER)
#define SERVERS (1u << TCP_SERVER | 1u << UNIX_SERVER)
#define CLIENTS (1u << TCP_CLIENT | 1u << UNIX_CLIENT | 1u << TLS_CONNECTION)
#define UNCONNECTED (1u << UDP_UNCONNECTED | 1u << UNIXDGRAM_UNCONNECTED)
#define CONNECTED (1u << UDP_CONNECTED | 1u << UNIXDGRAM_CONNECTED)
#define ANY ((1u << CLASSES) - 1)

/* what has become of TLS; no bytes move but in SHAKEN */
enum { TLS_NONE, TLS_NEW, TLS_SHAKEN, TLS_BROKEN };

typedef struct Conn {
  Carrier carrier; /* first, for the engine: of 'own', or of the SSLSocket that is the user value 1 */
  Socket own;
  Buffer buffer;       /* bytes received and not given out */
  uint64_t searched;   /* a place in the stream (ps_place): no line ends between the first byte held and it */
  double block, total; /* what settimeout was given for a call's waits and for a call; negative: none */
  int64_t ends;        /* when a call under both timeouts has to end, in ns on the monotonic clock */
  double born, received, sent;
  unsigned char class;      /* a Class */
  unsigned char blocked;    /* the call has made its first attempt by itself, and would block */
  unsigned char any_family; /* the first address decides of which family the descriptor is */
  unsigned char tls;        /* TLS_* */
  unsigned char wants;      /* the event for which TLS would wait; 0: none */
} Conn;

#define PS_CONN_KIND (PS_UP_OWN + 2) /* an upvalue of every method: the name of its kind, "tcp" */

/* The object at 1, of one of those classes; else raises as LuaSocket does, with 'role' for the class: "client" of "tcp{client}". */
Conn *ps_conn_check(lua_State *L, unsigned classes, const char *role);
/* The object at 'arg', or NULL. */
Conn *ps_conn_to(lua_State *L, int arg);
/* Pushes a new one without a descriptor. */
Conn *ps_conn_new(lua_State *L, Class class, int family, int type);
/* Makes the object at 'index' one of that class. */
void ps_conn_set_class(lua_State *L, int index, Class class);
/* Gives it a descriptor of that family: 0, or errno. */
int ps_conn_create(Conn *c, int family);
/* The descriptor is the object's from now on; it does not block. */
void ps_conn_adopt(Conn *c, sys_fd fd);
/* Closes its descriptor, and keeps what has been received. */
void ps_conn_close(lua_State *L, Conn *c);
/* Seconds since 1970. */
double ps_conn_time(void);

/* Pushes LuaSocket's text for the failure of a call of the object. */
void ps_conn_error_push(lua_State *L, const Conn *c, int code);
/* Returns nil and that text; for operations whose failure has no further results: 'failed_call'. */
int ps_conn_fail(lua_State *L, const Conn *c, int code);
int ps_conn_failed(lua_State *L, int code);
/* Returns 1.0. */
int ps_conn_succeed(lua_State *L);

/* Begins an attempt: the system call does not wait, the engine does, for as long as the object's timeouts say. 0, or -1 with errno
   for an object without a descriptor. */
static inline int ps_conn_attempt(const Socket *s, Wait *wait) {
  wait->flags |= MSG_DONTWAIT;
  if (s->timeout < 0 || (s->source != NULL && s->timeout > 0)) wait->policy = PS_WAIT_ALWAYS;
  if (s->fd != SYS_NO_FD) return 0;
  errno = EPIPE;
  return -1;
}

/* May a call make its first attempt by itself? That costs half as much as the engine, which is for tasks, traces and waits. */
static inline int ps_conn_direct(const Conn *c) {
  const World *world = c->own.world;
  return c->tls == TLS_NONE && !ps_is_scheduled(world) && world->trace == NULL && !ps_hooks_missed(world->main);
}

/* Has the call made that attempt? It is not repeated before it has waited: errno is EAGAIN. */
static inline int ps_conn_blocked(Conn *c) {
  int blocked = c->blocked;
  c->blocked = 0;
  if (blocked) errno = EAGAIN;
  return blocked;
}

/* A call begins: under both timeouts it has to end in time. */
static inline void ps_conn_begin(Conn *c) {
  if (c->total >= 0 && c->block >= 0) c->ends = sys_monotonic() + (int64_t)(c->total < 1e9 ? c->total * 1e9 : 1e18);
}

/* Bytes have moved, and the call goes on: under both timeouts the one for a wait begins anew. */
void ps_conn_moved(lua_State *L, const Conn *c, const Wait *wait);

/* Can bytes move? Not over TLS before its handshake, and not after its failure: 0, or -1 with errno. */
static inline int ps_conn_is_open(const Conn *c) {
  if (c->tls == TLS_NONE || c->tls == TLS_SHAKEN) return 0;
  errno = EPIPE;
  return -1;
}

/* What a source has returned, which says what TLS would wait for: the same. An error object at the top becomes LuaSocket's text. */
ptrdiff_t ps_conn_outcome(lua_State *L, Conn *c, const Wait *wait, ptrdiff_t n);
/* The methods, by their subject. Those that take a host call the Lua layer where it is a name: it calls them again with addresses. */
int ps_conn_gc(lua_State *L);
int ps_conn_tostring(lua_State *L);
int ps_conn_m_close(lua_State *L);
int ps_conn_dirty(lua_State *L);
int ps_conn_getfd(lua_State *L);
int ps_conn_setfd(lua_State *L);
int ps_conn_getfamily(lua_State *L);
int ps_conn_settimeout(lua_State *L);
int ps_conn_gettimeout(lua_State *L);
int ps_conn_getstats(lua_State *L);
int ps_conn_setstats(lua_State *L);
int ps_conn_receive(lua_State *L);
int ps_conn_send(lua_State *L);
int ps_conn_accept(lua_State *L);
int ps_conn_connect(lua_State *L);
int ps_conn_bind(lua_State *L);
int ps_conn_setpeername(lua_State *L);
int ps_conn_connect_path(lua_State *L);
int ps_conn_bind_path(lua_State *L);
int ps_conn_listen(lua_State *L);
int ps_conn_shutdown(lua_State *L);
int ps_conn_getpeername(lua_State *L);
int ps_conn_getsockname(lua_State *L);
int ps_conn_receive_datagram(lua_State *L);
int ps_conn_receivefrom(lua_State *L);
int ps_conn_send_datagram(lua_State *L);
int ps_conn_sendto(lua_State *L);
int ps_conn_getoption(lua_State *L);
int ps_conn_setoption(lua_State *L);
int ps_conn_dohandshake(lua_State *L);
int ps_conn_want(lua_State *L);
/* tls(socket): the object of LuaSec for an SSLSocket without a descriptor. */
int ps_conn_tls(lua_State *L);
/* tls_socket(object): its SSLSocket, and whether the handshake is done. */
int ps_conn_tls_socket(lua_State *L);
extern const Operation ps_conn_receiving, ps_conn_sending, ps_conn_accepting, ps_conn_connecting;
extern const Operation ps_conn_shaking;
extern const Operation ps_conn_receiving_datagram, ps_conn_receiving_from, ps_conn_sending_datagram, ps_conn_sending_to;

/* Adds its functions to the table at the top; the core's local table is at 'local'. */
void ps_conn_select_open(lua_State *L, int local);

extern const char *const ps_conn_names[CLASSES]; /* "tcp{master}" */

#endif
