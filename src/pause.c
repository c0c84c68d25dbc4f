/* SPDX-License-Identifier: MIT */
/* The operation by which a task gives the other tasks their turn. */
#include "core.h"

static void check_pause(lua_State *L, Socket *s) {
  (void)s;
  ps_world(L)->turn = 0; /* so that the engine ends the turn */
}

static int try_pause(lua_State *L, Socket *s, Wait *wait) { return (void)L, (void)s, (void)wait, 0; }

/* clang-format off */
static const Operation operations[] = {
    /* method or function arguments waits for address attempt    checks       failure as a result */
    {"pause",             0,        0,        0,      try_pause, check_pause, NULL},
    {NULL,                0,        0,        0,      NULL,      NULL,        NULL},
};
/* clang-format on */

/* The Lua layer makes this call as a part of other calls, so it is not traced. */
void ps_pause_open(lua_State *L) { ps_operations_register(L, PS_OPEN_LOCAL, operations, PS_TRACED); }
