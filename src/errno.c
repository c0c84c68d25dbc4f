/* SPDX-License-Identifier: MIT */
/* The names of the error numbers of the system, of getaddrinfo(3) and of gethostbyname(3). */
#include "core.h"

typedef struct CodeName {
  int code;
  const char *name; /* NULL ends a list */
} CodeName;

static const CodeName errno_names[] = {
#define X(e) {e, #e},
#include "errnos.h" /* made by the build from errnos.txt */
#undef X
    {0, NULL},
};

static const CodeName eai_names[] = {
    {EAI_AGAIN, "EAI_AGAIN"},
    {EAI_BADFLAGS, "EAI_BADFLAGS"},
    {EAI_FAIL, "EAI_FAIL"},
    {EAI_FAMILY, "EAI_FAMILY"},
    {EAI_MEMORY, "EAI_MEMORY"},
    {EAI_NONAME, "EAI_NONAME"},
    {EAI_SERVICE, "EAI_SERVICE"},
    {EAI_SOCKTYPE, "EAI_SOCKTYPE"},
#ifdef EAI_ADDRFAMILY
    {EAI_ADDRFAMILY, "EAI_ADDRFAMILY"},
#endif
#ifdef EAI_OVERFLOW
    {EAI_OVERFLOW, "EAI_OVERFLOW"},
#endif
#ifdef EAI_NODATA
    {EAI_NODATA, "EAI_NODATA"},
#endif
#ifdef EAI_IDN_ENCODE
    {EAI_IDN_ENCODE, "EAI_IDN_ENCODE"},
#endif
    {0, NULL},
};

static const CodeName h_errno_names[] = {
    {HOST_NOT_FOUND, "HOST_NOT_FOUND"},
    {TRY_AGAIN, "TRY_AGAIN"},
    {NO_RECOVERY, "NO_RECOVERY"},
    {NO_DATA, "NO_DATA"},
    {0, NULL},
};

/* Pushes the first name of the code, or nil. */
static void name_push(lua_State *L, const CodeName *names, int code) {
  while (names->name != NULL && names->code != code) names++;
  lua_pushstring(L, names->name);
}

void ps_errno_name_push(lua_State *L, int code) { name_push(L, errno_names, code); }

void ps_eai_name_push(lua_State *L, int code) { name_push(L, eai_names, code); }

void ps_h_errno_name_push(lua_State *L, int code) { name_push(L, h_errno_names, code); }
