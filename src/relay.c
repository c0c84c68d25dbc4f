/* SPDX-License-Identifier: MIT */
/*
** One direction of a relay. Bytes go from a socket into a channel, and from the channel to another socket. The channel
** holds them in a pipe, if splice(2) can move them without copying, or else in memory, as for TLS. An idle channel has
** neither: channels borrow pipes from the pool of the state, and keep a pipe only while it holds bytes.
*/
#include <string.h>

#include "buffer.h"
#include "source.h"

#define PIECE ((size_t)1 << 16) /* bytes that are copied at once */
#define KEPT 8                  /* the most pipes in the pool */

typedef struct Pipe {
  sys_fd fds[2]; /* the ends for reading and for writing; SYS_NO_FD: there is no pipe */
  pid_t process; /* the process that has opened it: after a fork, the parent may use the pipe, too */
} Pipe;

typedef struct Pipes {
  int count;
  Pipe pipes[KEPT];
} Pipes;

typedef struct Channel {
  int splices; /* whether bytes may go through a pipe */
  Pipe pipe;
  size_t piped; /* bytes in the pipe; 0: the block holds the bytes */
  Block block;
} Channel;

/* Does the errno mean that the system cannot move bytes between the two descriptors? Any other errno is an error of a
   socket. */
static int is_refusal(int code) { return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP || code == EPERM; }

static int is_open(const Pipe *p) { return p->fds[0] != SYS_NO_FD; }

static void close_pipe(Pipe *p) {
  if (!is_open(p)) return;
  sys_close(p->fds[0]);
  sys_close(p->fds[1]);
  p->fds[0] = p->fds[1] = SYS_NO_FD;
}

static Pipes *pool_of(lua_State *L) {
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_PIPES);
  Pipes *pool = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return pool;
}

static int pool_gc(lua_State *L) {
  Pipes *pool = lua_touserdata(L, 1);
  while (pool->count > 0) close_pipe(&pool->pipes[--pool->count]);
  return 0;
}

/* Gives the channel a pipe if it has none: 1, or 0 if the system has no more pipes. */
static int borrow_pipe(lua_State *L, Channel *c) {
  if (is_open(&c->pipe)) return 1;
  Pipes *pool = pool_of(L);
  pid_t process = getpid();
  while (pool->count > 0) {
    c->pipe = pool->pipes[--pool->count];
    if (c->pipe.process == process) return 1;
    close_pipe(&c->pipe);
  }
  c->pipe.process = process;
  if (sys_pipe(c->pipe.fds) == 0) return 1;
  if (is_refusal(errno)) c->splices = 0;
  c->pipe.fds[0] = c->pipe.fds[1] = SYS_NO_FD;
  return 0;
}

/* Returns the channel's pipe, which is empty, to the pool. */
static void return_pipe(lua_State *L, Channel *c) {
  Pipes *pool = pool_of(L);
  if (is_open(&c->pipe) && pool->count < KEPT) pool->pipes[pool->count++] = c->pipe;
  else close_pipe(&c->pipe);
  c->pipe.fds[0] = c->pipe.fds[1] = SYS_NO_FD;
}

static Channel *channel_at(lua_State *L, int arg) {
  Channel *c = lua_touserdata(L, arg);
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CHANNEL);
  if (c == NULL || !lua_getmetatable(L, arg) || !lua_rawequal(L, -1, -2)) ps_type_error(L, arg, "channel");
  lua_pop(L, 2);
  return c;
}

static int channel_gc(lua_State *L) {
  Channel *c = channel_at(L, 1);
  close_pipe(&c->pipe);
  c->piped = 0;
  ps_block_free(L, &c->block);
  return 0;
}

/***
Creates an empty channel.
@function channel.new
@local
@tparam socket from the socket that the bytes come from
@tparam socket to the socket that the bytes go to
@treturn userdata the channel
*/
static int f_new(lua_State *L) {
  const Socket *from = ps_socket_check(L, 1), *to = ps_socket_check(L, 2);
  Channel *c = lua_newuserdatauv(L, sizeof *c, 0);
  *c = (Channel){.splices = from->source == NULL && to->source == NULL, .pipe.fds = {SYS_NO_FD, SYS_NO_FD}};
  lua_getiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_CHANNEL);
  lua_setmetatable(L, -2);
  return 1;
}

/* Moves the bytes of the pipe into the block: 0, or -1. */
static int empty_pipe(lua_State *L, Channel *c) {
  while (c->piped > 0) {
    ssize_t n = sys_pipe_read(c->pipe.fds[0], ps_block_reserve(L, &c->block, c->piped), c->piped);
    if (n <= 0) return -1;
    c->block.last += (size_t)n;
    c->piped -= (size_t)n;
  }
  return 0;
}

/* Moves bytes from the socket into the pipe: their number, 0 at the end of the stream, or -1 and errno. */
static ssize_t splice_in(lua_State *L, Socket *s, Channel *c, Wait *wait) {
  ssize_t n = ps_socket_dont_block(L, s, wait) < 0 ? -1 : sys_splice_in(s->fd, c->pipe.fds[1], PS_PIECE);
  int code = errno;
  if (n > 0) c->piped = (size_t)n;
  else return_pipe(L, c);
  if (n < 0 && is_refusal(code)) c->splices = 0;
  errno = code;
  return n;
}

/* Copies bytes from the socket into the block: their number, 0 at the end of the stream, or the result of an attempt
   for an error. */
static ptrdiff_t copy_in(lua_State *L, Socket *s, Channel *c, Wait *wait) {
  ptrdiff_t n = ps_source_receive(L, s, ps_block_reserve(L, &c->block, PIECE), PIECE, wait);
  int code = errno;
  if (n > 0) c->block.last += (size_t)n;
  else ps_block_shrink(L, &c->block, 0); /* the next bytes may come much later */
  errno = code;
  return n;
}

/* Moves the bytes that the socket's files have received into the channel. */
static ptrdiff_t take_held(lua_State *L, Channel *c) {
  Buffer *b = ps_buffer_push(L, 1);
  ps_block_free(L, &c->block);
  c->block = b->block;
  b->block = (Block){0};
  b->changes++;
  lua_pop(L, 1);
  return (ptrdiff_t)ps_block_held(&c->block);
}

/***
Receives the available bytes into an empty channel, waiting for the first, without a timeout. Bytes that files of the
socket have received come first.
@function channel.recv
@local
@tparam socket s the socket that the bytes come from
@tparam userdata channel the channel
@treturn integer the number of bytes; 0 at the end of the stream
*/
static int try_recv(lua_State *L, Socket *s, Wait *wait) {
  Channel *c = channel_at(L, 2);
  ptrdiff_t n;
  wait->timeout = -1;
  if (ps_buffer_held(L, 1) > 0) n = take_held(L, c);
  else if (!c->splices || !borrow_pipe(L, c)) n = copy_in(L, s, c, wait);
  else {
    ps_block_free(L, &c->block); /* the memory for bytes that files had received */
    n = splice_in(L, s, c, wait);
    if (n < 0 && !c->splices) return PS_AGAIN;
    if (n < 0) return PS_ERRNO;
  }
  if (n < 0) return (int)n;
  lua_pushinteger(L, n);
  return 1;
}

/* Moves bytes from the pipe to the socket: their number, or -1 and errno. */
static ssize_t splice_out(lua_State *L, Socket *s, Channel *c, Wait *wait) {
  if (ps_socket_dont_block(L, s, wait) < 0) return -1;
  ssize_t n = sys_splice_out(c->pipe.fds[0], s->fd, c->piped);
  if (n > 0) c->piped -= (size_t)n;
  return n;
}

static ptrdiff_t copy_out(lua_State *L, Socket *s, Channel *c, Wait *wait) {
  struct iovec piece = {.iov_base = (void *)(uintptr_t)ps_block_at(&c->block, c->block.first),
                        .iov_len = ps_block_held(&c->block)};
  piece.iov_len = ps_piece(s, piece.iov_len);
  ptrdiff_t n = ps_source_send(L, s, &piece, piece.iov_len > 0, wait);
  if (n > 0) ps_block_take(&c->block, (size_t)n);
  return n;
}

/***
Sends from a channel as much as the system takes at once, waiting without a timeout until it takes any.
@function channel.send
@local
@tparam socket s the socket that the bytes go to
@tparam userdata channel the channel
@treturn integer the number of bytes sent
@treturn boolean whether the function has to be called again before the channel is filled
*/
static int try_send(lua_State *L, Socket *s, Wait *wait) {
  Channel *c = channel_at(L, 2);
  wait->timeout = -1;
  ptrdiff_t n;
  if (c->piped > 0) {
    n = splice_out(L, s, c, wait);
    if (n < 0 && is_refusal(errno)) {
      c->splices = 0;
      return empty_pipe(L, c) < 0 ? PS_ERRNO : PS_AGAIN;
    }
    if (n < 0) return PS_ERRNO;
  } else n = copy_out(L, s, c, wait);
  if (n < 0) return (int)n;
  lua_pushinteger(L, n);
  lua_pushboolean(L, c->piped > 0 || ps_block_held(&c->block) > 0 || (n > 0 && s->source != NULL));
  return 2;
}

/***
Ends the direction for sending, so that the peer receives the end of the stream.
@function channel.shutdown
@local
@tparam socket s the socket that the bytes went to
*/
static int try_shutdown(lua_State *L, Socket *s, Wait *wait) {
  wait->timeout = -1;
  if (s->source != NULL) return (int)s->source->finish(L, s, wait);
  if (sys_shutdown(s->fd, SHUT_WR) == 0 || errno == ENOTCONN) return 0; /* else aborted by the peer */
  return PS_ERRNO;
}

/***
Returns the bytes of a channel to the socket that they came from. The files of the socket, or another relay, receive
them first.
@function channel.restore
@local
@tparam socket s the socket that the bytes came from
@tparam userdata channel the channel
*/
static int f_restore(lua_State *L) {
  ps_socket_check(L, 1);
  Channel *c = channel_at(L, 2);
  if (empty_pipe(L, c) == 0) return_pipe(L, c);
  size_t held = ps_block_held(&c->block);
  if (held == 0) return 0;
  Buffer *b = ps_buffer_push(L, 1);
  size_t later = ps_block_held(&b->block); /* bytes that files have received since then */
  char *room = ps_block_reserve(L, &c->block, later);
  if (later > 0) memcpy(room, b->block.data + b->block.first, later);
  c->block.last += later;
  Block block = c->block;
  c->block = b->block;
  b->block = block;
  b->received += held;
  b->changes++;
  ps_block_free(L, &c->block);
  return 0;
}

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for  address attempt     checks failure as a result */
    {"recv",              2,        SYS_READ,  0,      try_recv,   NULL,  NULL},
    {"send",              2,        SYS_WRITE, 0,      try_send,  NULL,  NULL},
    {"shutdown",          1,        SYS_WRITE, 0,      try_shutdown, NULL,  NULL},
    {NULL,                0,        0,         0,      NULL,       NULL,  NULL},
};
/* clang-format on */

static const luaL_Reg functions[] = {{"new", f_new}, {"restore", f_restore}, {NULL, NULL}};

static const luaL_Reg channel_methods[] = {{"__gc", channel_gc}, {"__close", channel_gc}, {NULL, NULL}};

static const luaL_Reg pool_methods[] = {{"__gc", pool_gc}, {NULL, NULL}};

void ps_relay_open(lua_State *L) {
  ps_metatable_push(L, PS_CHANNEL, "pysocket.channel");
  ps_register(L, -1, channel_methods, PS_METHOD);
  Pipes *pool = lua_newuserdatauv(L, sizeof *pool, 0);
  pool->count = 0;
  lua_createtable(L, 0, 1);
  ps_register(L, -1, pool_methods, PS_METHOD);
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, lua_upvalueindex(PS_UP_WORLD), PS_PIPES);
  lua_createtable(L, 0, 8);
  ps_operations_register(L, -1, operations, PS_METHOD);
  ps_register(L, -1, functions, 0);
  lua_setfield(L, PS_OPEN_LOCAL, "channel");
}
