/* SPDX-License-Identifier: MIT */
/* Lookups in flight; the contract is in lookup.h. */
#include "lookup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 */

typedef struct Lookup {
  Job *job; /* NULL: released */
  PoolWait wait;
} Lookup;

static const char lookup_key = 0; /* its metatable in the registry */

static int lookup_close(lua_State *L) {
  Lookup *lookup = lua_touserdata(L, 1);
  Job *job = lookup->job;
  lookup->job = NULL;
  if (job == NULL) return 0;
  ps_job_release(job);
  return 0;
}

static void raise_memory(lua_State *L) {
  lua_pushliteral(L, "not enough memory"); /* as Lua's own */
  lua_error(L);
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
  *lookup = (Lookup){.job = NULL};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &lookup_key);
  lua_setmetatable(L, -2);
  lua_replace(L, progress);
  lua_toclose(L, progress);
  Job *job = ps_job_new(kind, host ? lua_tostring(L, host) : NULL, service ? lua_tostring(L, service) : NULL);
  if (job == NULL) return raise_memory(L), NULL;
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

/* Has the job done in this thread: for a finalizer that runs when nobody is left to end a pool. One that was begun before a fork
   is not. */
static int do_here(lua_State *L, Job *job) {
  if (job->pool != NULL) return ps_error_push_gai(L, EAI_AGAIN, ps_operation(L)->name, 0);
  ps_job_run(job);
  job->state = JOB_DONE;
  return PS_AGAIN;
}

/* Gives the job to a thread of this process: 0, or what the attempt returns. */
static int start(lua_State *L, Lookup *lookup) {
  World *world = ps_world(L);
  if (world->closed) return do_here(L, lookup->job);
  if (ps_pool_inherited(world->pool)) {
    sys_fd fd = ps_pool_renew(world->pool);
    if (fd != SYS_NO_FD) ps_close(L, world, fd, 0); /* other lookups that wait for it are begun anew, too */
  }
  int code = ps_job_submit(&lookup->job, &world->pool);
  if (code == 0) return 0;
  lookup->job->code = code == EAGAIN ? EAI_AGAIN : EAI_SYSTEM; /* no thread, or no descriptor to be had */
  lookup->job->error = code;
  return ps_lookup_failure(L, lookup->job, ps_operation(L)->address);
}

int ps_lookup_wait(lua_State *L, Wait *wait) {
  Lookup *lookup = lua_touserdata(L, PS_PROGRESS(ps_operation(L)));
  if (!ps_job_submitted(lookup->job)) {
    int failed = start(L, lookup);
    if (failed != 0) return failed;
  }
  ps_job_wait(lookup->job, &lookup->wait);
  wait->fd = lookup->wait.fd;
  wait->pause = lookup->wait.ns;
  wait->events = SYS_READ;
  wait->policy = PS_WAIT_ALWAYS;
  errno = EAGAIN;
  return PS_ERRNO;
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

/* of the state's pool, which is made if there is none */
static PoolLimits *check_limits(lua_State *L) {
  World *world = ps_world(L);
  if (world->closed) luaL_error(L, "the state is being closed"); /* nobody is left to end a pool */
  PoolLimits *limits = ps_pool_limits(&world->pool);
  if (limits == NULL) raise_memory(L);
  return limits;
}

/***
How many threads of the state may look up names at the same time. A lookup that has taken a tenth of a second is slow, as one
that was given up and goes on in the system's resolver: these count for `all` alone, so names that hang do not keep out names
that answer.
@function setlookuplimits
@tparam[opt] integer quick threads whose lookups are neither slow nor given up: 8 at first; nil: as before
@tparam[opt] integer all threads in all, each of which may hold a descriptor while its name server does not answer: at first a
  quarter of the descriptors that the process may have, 256 at most; nil: as before
@tparam[opt] table options those above by name
@see getlookuplimits
@usage socket.setlookuplimits{quick = 16, all = 64}
*/
static int f_setlookuplimits(lua_State *L) {
  ps_options_spread(L, 1, 2, "quick= all=");
  PoolLimits *limits = check_limits(L);
  int quick = (int)ps_opt_integer(L, 1, "quick", 1, INT_MAX, limits->quick);
  limits->all = (int)ps_opt_integer(L, 2, "all", 1, INT_MAX, limits->all);
  limits->quick = quick;
  return 0;
}

/***
How many threads of the state may look up names at the same time.
@function getlookuplimits
@treturn integer quick
@treturn integer all
@see setlookuplimits
*/
static int f_getlookuplimits(lua_State *L) {
  const PoolLimits *limits = check_limits(L);
  lua_pushinteger(L, limits->quick);
  lua_pushinteger(L, limits->all);
  return 2;
}

static const luaL_Reg functions[] = {
    {"setlookuplimits", f_setlookuplimits}, {"getlookuplimits", f_getlookuplimits}, {NULL, NULL}};

/* the state goes */
static int world_gc(lua_State *L) {
  World *world = lua_touserdata(L, 1);
  sys_fd fd = ps_pool_signal(world->pool);
  if (fd != SYS_NO_FD) ps_scheduler_closing(L, fd);
  ps_pool_release(world->pool);
  world->pool = NULL;
  world->closed = 1;
  return 0;
}

void ps_lookup_open(lua_State *L) {
  ps_register(L, PS_OPEN_CORE, functions, 0);
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
