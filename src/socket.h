/* SPDX-License-Identifier: MIT */
/* Sockets (socket.c, attribute.c, mode.c). */
#ifndef PS_SOCKET_H
#define PS_SOCKET_H

#include "arguments.h"

/* The mode in which this object has last set O_NONBLOCK. Duplicates and other processes share the flag, which belongs
   to the open file description, and may have changed it since. Calls that must not block therefore do not rely on it.
   */
enum { PS_FD_UNTOUCHED, PS_FD_BLOCKING, PS_FD_NONBLOCKING };

typedef struct Socket {
  const World *world;          /* identifies the userdata: see ps_socket_to */
  const struct Source *source; /* the source of its files; NULL: they use the descriptor. See source.h */
  sys_fd fd;                   /* SYS_NO_FD: closed or detached */
  int family, type, proto;
  int64_t timeout;     /* ns; negative: none */
  int files;           /* the number of files that keep the descriptor open */
  unsigned char mode;  /* PS_FD_* */
  unsigned char found; /* PS_FD_*: the O_NONBLOCK that an adopted descriptor gets back, once it has been changed here */
  unsigned closed : 1; /* close or detach was called */
  unsigned adopted : 1;    /* the descriptor existed before the object */
  unsigned connecting : 1; /* an earlier connect(2) may be under way, or may have succeeded since */
  unsigned lingers : 1;    /* SO_LINGER may have been set: close(2) may wait */
  unsigned hurries : 1;    /* SO_RCVLOWAT, TCP_ULP or MSG_OOB may have been used: data may cause no event */
  unsigned shared : 1;     /* others may know the descriptor, and use any of these */
  unsigned listens : 1;    /* the socket is a listener: it waits for connections, not for input */
  unsigned waited : 1;     /* the last wait for input under a timeout was a long one */
#ifndef SO_PEERNAME
  uint32_t target; /* a hash of the address to which a connection is under way; 0: unknown */
#endif
} Socket;

#define PS_SOCKET_SOURCE 1 /* the user value that keeps 'source' alive, of a socket that has one */

/* The socket at 'arg', or NULL. No other userdata of that size begins with a pointer to the world. A comparison of
   metatables would take 70 instructions more, of the 1 000 of a small call. */
static inline Socket *ps_socket_to(lua_State *L, const World *world, int arg) {
  Socket *s = lua_touserdata(L, arg);
  return s != NULL && lua_rawlen(L, arg) == sizeof *s && s->world == world ? s : NULL;
}

/* The beginning of an object that contains a socket and is none itself: see PS_CARRIER. */
typedef struct Carrier {
  const World *world; /* identifies the userdata */
  Socket *socket;
} Carrier;

/* Pushes or raises the error of a call on the socket, which may be NULL. The text of EBADF tells if the socket is
   closed. */
int ps_socket_error_push(lua_State *L, const Socket *s, int code, const char *call, int address);
_Noreturn int ps_socket_error_raise(lua_State *L, const Socket *s, int code, const char *call);
/* The socket at 'arg', open or closed, or raises an error. */
static inline Socket *ps_socket_check(lua_State *L, int arg) {
  Socket *s = ps_socket_to(L, ps_world(L), arg);
  if (s == NULL) ps_type_error(L, arg, "socket");
  return s;
}
/* Pushes a closed socket with the default timeout and that number of user values, which cost the collector 200
   instructions for each socket. After a change of the attributes, call ps_socket_dress. */
Socket *ps_socket_new(lua_State *L, int family, int type, int proto, int values);
/* Gives the socket at 'index' the metatable for its attributes. */
void ps_socket_dress(lua_State *L, int index);
/* Makes the descriptor blocking or non-blocking, as the timeout requires: 0, or -1 and errno. */
int ps_socket_apply_timeout(Socket *s);
/* Gives an existing descriptor to the socket at the top, and changes its mode only where the default timeout asks for
   it. 0, or errno. */
int ps_socket_adopt(lua_State *L, Socket *s, sys_fd fd);
/* Restores the O_NONBLOCK of an adopted descriptor, before the object loses the descriptor. */
void ps_socket_give_back(const Socket *s);
/* Should a new descriptor for this socket be non-blocking? */
int ps_socket_nonblocking(lua_State *L, const Socket *s);
void ps_attribute_open(lua_State *L); /* pushes the general metatable, which fits every socket */

#endif
