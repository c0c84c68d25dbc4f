/* SPDX-License-Identifier: MIT */
/* Lookups in flight; the contract is in lookup.h. */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

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
  int errors = job->signal[0] != SYS_NO_FD ? ps_scheduler_closing(L, job->signal[0]) : 0;
  ps_job_release(job);
  return errors > 0 ? lua_error(L) : 0;
}

/* Is every label of the name neither empty nor too long? A numeric IPv6 address has none. */
static int has_good_labels(const char *host) {
  if (strchr(host, ':') != NULL) return 1;
  while (*host != '\0') {
    size_t len = strcspn(host, ".");
    if (len == 0 || len > LABEL_MAX) return 0;
    host += len + (host[len] == '.');
  }
  return 1;
}

/* Would the system read the number of another port out of the text? It takes a number modulo 2^16, and its sign. */
static int wraps(const char *service) {
  char *end;
  errno = 0;
  unsigned long long number = strtoull(service, &end, 10);
  return end != service && *end == '\0' && (errno != 0 || number > UINT16_MAX);
}

/* Has the text at 'index', of which C sees this, zeros inside? */
static int has_zeros(lua_State *L, int index, const char *text) { return strlen(text) != lua_rawlen(L, index); }

/* What is wrong with the host and the service, as far as that is known without asking: EAI_*, or 0. */
static int refuse(lua_State *L, const Job *job, int host, int service) {
  if (job->host != NULL && (has_zeros(L, host, job->host) || !has_good_labels(job->host))) return EAI_NONAME;
  if (job->service != NULL && (has_zeros(L, service, job->service) || wraps(job->service))) return EAI_SERVICE;
  return 0;
}

Job *ps_lookup_new(lua_State *L, JobKind kind, int host, int service) {
  int progress = PS_PROGRESS(ps_operation(L));
  Lookup *lookup = lua_newuserdatauv(L, sizeof *lookup, 0);
  lookup->job = NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &lookup_key);
  lua_setmetatable(L, -2);
  lua_replace(L, progress);
  lua_toclose(L, progress);
  Job *job = ps_job_new(kind, host ? lua_tostring(L, host) : NULL, service ? lua_tostring(L, service) : NULL);
  if (job == NULL) {
    lua_pushliteral(L, "not enough memory"); /* as Lua's own */
    lua_error(L);
    return NULL;
  }
  lookup->job = job;
  job->code = refuse(L, job, host, service);
  if (job->code != 0) job->state = JOB_DONE;
  return job;
}

Job *ps_lookup_here(lua_State *L) {
  const Lookup *lookup = lua_touserdata(L, PS_PROGRESS(ps_operation(L)));
  return lookup ? lookup->job : NULL; /* only we put a userdata there */
}

void ps_lookup_end(lua_State *L) { lua_closeslot(L, PS_PROGRESS(ps_operation(L))); }

int ps_lookup_wait(lua_State *L, Job *job, Wait *wait) {
  if (job->pool == NULL) {
    World *world = ps_world(L);
    if (world->closed) { /* a finalizer's, and nobody is left to end a pool */
      ps_job_run(job);
      job->state = JOB_DONE;
      return PS_AGAIN;
    }
    int code = ps_job_submit(job, &world->pool);
    if (code == EAGAIN) return ps_error_push_gai(L, EAI_AGAIN, ps_operation(L)->name, 0); /* no thread to be had */
    if (code != 0) return ps_error_push(L, code, ps_operation(L)->name, 0);
  }
  wait->fd = job->signal[0];
  wait->events = SYS_READ;
  wait->policy = PS_WAIT_ALWAYS;
  errno = EAGAIN;
  return PS_ERRNO;
}

int ps_lookup_failure(lua_State *L, const Job *job, int address) {
  const char *name = ps_operation(L)->name;
  /* the host is not what is wrong */
  if (job->code == EAI_SERVICE && job->service != NULL && !lua_istable(L, address)) {
    lua_createtable(L, 2, 0);
    lua_pushstring(L, job->host ? job->host : "");
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, job->service);
    lua_rawseti(L, -2, 2);
    address = lua_gettop(L);
  }
  if (lua_istable(L, address)) address = ps_address_named(L, address);
  if (job->herror != 0) return ps_error_push_herror(L, job->herror, name, address);
  if (job->code == EAI_SYSTEM) return ps_error_push(L, job->error, name, address);
  return ps_error_push_gai(L, job->code, name, address);
}

int ps_lookup_numeric(Job *job) {
  if (job->state == JOB_DONE) return 1;
  int flags = job->hints.ai_flags;
  if (job->host != NULL) job->hints.ai_flags |= AI_NUMERICHOST;
  ps_job_run(job);
  job->hints.ai_flags = flags;
  int final = job->code != EAI_NONAME || job->host == NULL || *job->host == '\0' || (flags & AI_NUMERICHOST);
  if (final) job->state = JOB_DONE;
  else job->code = 0;
  return final;
}

int64_t ps_lookup_timeout(lua_State *L, int arg) {
  int64_t timeout = ps_world(L)->timeout;
  if (arg == 0 || lua_isnil(L, arg)) return timeout > 0 ? timeout : -1;
  timeout = ps_check_timeout(L, arg, "timeout");
  return timeout == 0 ? 1 : timeout;
}

/* the state goes */
static int world_gc(lua_State *L) {
  World *world = lua_touserdata(L, 1);
  ps_pool_release(world->pool);
  world->pool = NULL;
  world->closed = 1;
  return 0;
}

void ps_lookup_open(lua_State *L) {
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
