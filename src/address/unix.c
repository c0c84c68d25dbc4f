/* SPDX-License-Identifier: MIT */
/* AF_UNIX: a string. A path; on Linux, one that starts with '\0' is an abstract name, and an empty one asks for a name. */
#include <stddef.h>
#include <string.h>

#include "codec.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

static int unix_check(lua_State *L, int arg, int proto, Address *a) {
  (void)proto;
  size_t len;
  const char *path = ps_check_buffer(L, arg, "AF_UNIX address", &len);
  size_t file = len > 0 && path[0] != '\0';
#ifndef SYS_ABSTRACT_UNIX
  file = 1;
#endif
  if (file && memchr(path, '\0', len) != NULL) ps_arg_error(L, arg, "AF_UNIX path must not contain null characters");
  if (len + file > sizeof a->un.sun_path) return ps_address_error(L, "AF_UNIX path too long");
  memcpy(a->un.sun_path, path, len);
  a->len = (socklen_t)(PATH_AT + len + file); /* the zero at a path's end counts */
  return 1;
}

/* A path ends at its zero, or where the address ends: the kernel may fill all of sun_path. The address of a socket without a name may
   be as long as others: where there are no abstract names, it is an empty path. */
static int unix_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  size_t len = a->len > PATH_AT ? a->len - PATH_AT : 0;
  if (len > sizeof a->un.sun_path + 1) len = sizeof a->un.sun_path + 1;
  const char *path = a->bytes + PATH_AT;
#ifdef SYS_ABSTRACT_UNIX
  if (len > 0 && path[0] != '\0') len = strnlen(path, len);
#else
  len = strnlen(path, len);
#endif
  lua_pushlstring(L, path, len);
  return 0;
}

const Codec ps_codec_unix = {AF_UNIX, PS_ANY_PROTO, "AF_UNIX", sizeof(struct sockaddr_un), NULL, unix_check, unix_push};
