/* SPDX-License-Identifier: MIT */
/*
** The shared part of LuaSocket's interface. An object of LuaSocket is a Conn: a socket with a buffer, two timeouts and
** counters. Its methods are C functions that check the object and, where a call may wait, run a row of operation.c. A
** failure is a result: nil and a message.
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

/* the state of TLS; data is sent and received in TLS_SHAKEN only */
enum { TLS_NONE, TLS_NEW, TLS_SHAKEN, TLS_BROKEN };

typedef struct Conn {
  Carrier carrier; /* first, for operation.c: of 'own', or of the SSLSocket in the user value 1 */
  Socket own;
  Buffer buffer;       /* received bytes that no call has returned */
  uint64_t searched;   /* a place in the stream (ps_place): the buffer has no line end before it */
  double block, total; /* timeouts of a wait and of a whole call, in seconds; negative: none */
  int64_t ends;        /* the end of a call with both timeouts, in ns on the monotonic clock */
  double born, received, sent;
  unsigned char class;      /* a Class */
  unsigned char blocked;    /* the first attempt of the call has failed: it would block */
  unsigned char any_family; /* the first address decides the family of the descriptor */
  unsigned char tls;        /* TLS_* */
  unsigned char wants;      /* the event that TLS would wait for; 0: none */
} Conn;

#define PS_CONN_KIND (PS_UP_OWN + 2) /* an upvalue of every method: the name of its kind, "tcp" */

/* Returns the object at 1 if it has one of the classes; else raises LuaSocket's error, which names the class by
   'role': "client" of "tcp{client}". */
Conn *ps_conn_check(lua_State *L, unsigned classes, const char *role);
/* Returns the object at 'arg', or NULL. */
Conn *ps_conn_to(lua_State *L, int arg);
/* Pushes a new object without a descriptor. */
Conn *ps_conn_new(lua_State *L, Class class, int family, int type);
/* Changes the class of the object at 'index'. */
void ps_conn_set_class(lua_State *L, int index, Class class);
/* Creates a descriptor of that family for the object: 0, or errno. */
int ps_conn_create(Conn *c, int family);
/* Gives a non-blocking descriptor to the object, which then owns it. */
void ps_conn_adopt(Conn *c, sys_fd fd);
/* Closes the object's descriptor, and keeps the received bytes. */
void ps_conn_close(lua_State *L, Conn *c);
/* Returns the seconds since 1970. */
double ps_conn_time(void);

/* Pushes LuaSocket's message for the failure of a call. */
void ps_conn_error_push(lua_State *L, const Conn *c, int code);
/* Returns nil and that message; 'failed' is for operations whose failure has no further results. */
int ps_conn_fail(lua_State *L, const Conn *c, int code);
int ps_conn_failed(lua_State *L, int code);
/* Returns 1.0. */
int ps_conn_succeed(lua_State *L);

/* Begins an attempt. The system call does not wait; operation.c does, within the object's timeouts. Returns 0, or -1
   with errno if the object has no descriptor. */
static inline int ps_conn_attempt(const Socket *s, Wait *wait) {
  wait->flags |= MSG_DONTWAIT;
  if (s->timeout < 0 || (s->source != NULL && s->timeout > 0)) wait->policy = PS_WAIT_ALWAYS;
  if (s->fd != SYS_NO_FD) return 0;
  errno = EPIPE;
  return -1;
}

/* Whether a call may make its first attempt without operation.c, which tasks, traces and waits need: that costs half
   as much. */
static inline int ps_conn_direct(const Conn *c) {
  const World *world = c->own.world;
  return c->tls == TLS_NONE && !ps_is_scheduled(world) && world->trace == NULL && !ps_hooks_missed(world->main);
}

/* Whether the call has made that attempt already: errno is EAGAIN, and the call has to wait before the next attempt. */
static inline int ps_conn_blocked(Conn *c) {
  int blocked = c->blocked;
  c->blocked = 0;
  if (blocked) errno = EAGAIN;
  return blocked;
}

/* Begins a call: with both timeouts, its end is fixed now. */
static inline void ps_conn_begin(Conn *c) {
  if (c->total >= 0 && c->block >= 0) c->ends = ps_deadline(ps_nanoseconds(c->total));
}

/* Continues a call after bytes have moved: with both timeouts, that of the wait begins again. */
void ps_conn_moved(lua_State *L, const Conn *c, const Wait *wait);

/* Whether data can be sent and received: not before the TLS handshake, and not after a failure of TLS. Returns 0, or
   -1 with errno. */
static inline int ps_conn_is_open(const Conn *c) {
  if (c->tls == TLS_NONE || c->tls == TLS_SHAKEN) return 0;
  errno = EPIPE;
  return -1;
}

/* Records which event TLS waits for, and returns the source's result. Replaces an error object at the top by
   LuaSocket's message. */
ptrdiff_t ps_conn_outcome(lua_State *L, Conn *c, const Wait *wait, ptrdiff_t n);
/* The methods, by subject. Methods with a host call the Lua layer for a name; it calls them again with each address. */
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
/* tls(socket): returns the object of LuaSec for an SSLSocket without a descriptor. */
int ps_conn_tls(lua_State *L);
/* tls_socket(object): returns its SSLSocket, and whether the handshake is done. */
int ps_conn_tls_socket(lua_State *L);
extern const Operation ps_conn_receiving, ps_conn_sending, ps_conn_accepting, ps_conn_connecting;
extern const Operation ps_conn_shaking;
extern const Operation ps_conn_receiving_datagram, ps_conn_receiving_from, ps_conn_sending_datagram, ps_conn_sending_to;

/* Adds the functions to the table at the top; the core's local table is at 'local'. */
void ps_conn_select_open(lua_State *L, int local);

extern const char *const ps_conn_names[CLASSES]; /* "tcp{master}" */

#endif
