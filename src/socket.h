/* SPDX-License-Identifier: MIT */
/* Sockets (socket.c, attribute.c, mode.c). */
#ifndef PS_SOCKET_H
#define PS_SOCKET_H

#include "arguments.h"

/* What this object last made of O_NONBLOCK. The flag belongs to the open file, which duplicates and other processes share: it may
   have become something else since, and no call that must not block relies on it. */
enum { PS_FD_UNTOUCHED, PS_FD_BLOCKING, PS_FD_NONBLOCKING };

typedef struct Socket {
  const World *world;          /* by which it is known: ps_socket_to */
  const struct Source *source; /* what its files receive and send through; NULL: the descriptor. See source.h */
  sys_fd fd;                   /* SYS_NO_FD: closed or detached */
  int family, type, proto;
  int64_t timeout;     /* ns; negative: none */
  int files;           /* makefile objects that keep the descriptor open */
  unsigned char mode;  /* PS_FD_* */
  unsigned char found; /* PS_FD_*: the O_NONBLOCK that an adopted descriptor gets back, once it has been changed here */
  unsigned closed : 1; /* close was called, or detach */
  unsigned adopted : 1;    /* the descriptor was there before the object */
  unsigned connecting : 1; /* an earlier connect(2) may be under way, or have succeeded without being asked again */
  unsigned lingers : 1;    /* SO_LINGER may have been set: close(2) may wait */
  unsigned hurries : 1;    /* SO_RCVLOWAT may have been set: a receive may find what no event tells of */
  unsigned listens : 1;    /* it waits for connections, not for input */
  unsigned waited : 1;     /* the last wait for input under a timeout took its time */
} Socket;

#define PS_SOCKET_SOURCE 1 /* the user value that keeps 'source' alive, of sockets that have one */

/* The socket at 'arg', or NULL. Nothing else of that size begins with a pointer to the world; to get the metatable and compare
   it would take 70 instructions more, of the 1 000 of a small call. */
static inline Socket *ps_socket_to(lua_State *L, const World *world, int arg) {
  Socket *s = lua_touserdata(L, arg);
  return s != NULL && lua_rawlen(L, arg) == sizeof *s && s->world == world ? s : NULL;
}

/* What an object that has a socket, but is none, begins with: see PS_CARRIER. */
typedef struct Carrier {
  const World *world; /* by which it is known */
  Socket *socket;
} Carrier;

/* The error of a call of the socket, which may be NULL, pushed or raised. EBADF of a closed one says that it is closed. */
int ps_socket_error_push(lua_State *L, const Socket *s, int code, const char *call, int address);
_Noreturn int ps_socket_error_raise(lua_State *L, const Socket *s, int code, const char *call);
/* The socket at 'arg', open or closed, or raises. */
static inline Socket *ps_socket_check(lua_State *L, int arg) {
  Socket *s = ps_socket_to(L, ps_world(L), arg);
  if (s == NULL) ps_type_error(L, arg, "socket");
  return s;
}
/* Pushes a closed one with the default timeout and so many user values, which cost the collector 200 instructions a socket. What is
   changed of it afterwards asks for ps_socket_dress. */
Socket *ps_socket_new(lua_State *L, int family, int type, int proto, int values);
/* Gives the socket at 'index' the metatable that suits its attributes. */
void ps_socket_dress(lua_State *L, int index);
/* Switches the descriptor to what the timeout asks for; 0, or -1 and errno. */
int ps_socket_apply_timeout(Socket *s);
/* Before the object loses its descriptor: O_NONBLOCK becomes what it was when the descriptor was adopted. */
void ps_socket_give_back(const Socket *s);
/* Whether a descriptor born for this socket is to be non-blocking. */
int ps_socket_nonblocking(lua_State *L, const Socket *s);
void ps_attribute_open(lua_State *L); /* pushes the metatable that fits every socket */

#endif
