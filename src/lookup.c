/* SPDX-License-Identifier: MIT */
/* Lookups of names that operations wait for; the contract is in lookup.h. */
#include "lookup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 */

typedef struct Lookup {
  Job *job; /* NULL: released */
  PoolWait wait;
} Lookup;

static const char lookup_key = 0; /* the key of their metatable in the registry */

static int lookup_close(lua_State *L) {
  Lookup *lookup = lua_touserdata(L, 1);
  Job *job = lookup->job;
  lookup->job = NULL;
  if (job == NULL) return 0;
  ps_job_release(job);
  return 0;
}

static void raise_memory(lua_State *L) {
  lua_pushliteral(L, "not enough memory"); /* Lua's own message */
  lua_error(L);
}

/* Is no label of the name empty or too long? A numeric IPv6 address has no labels. */
static int has_good_labels(const char *host) {
  if (strchr(host, ':') != NULL) return 1;
  while (*host != '\0') {
    size_t len = strcspn(host, ".");
    if (len == 0 || len > LABEL_MAX) return 0;
    host += len + (host[len] == '.');
  }
  return 1;
}

/* Is the text a number out of range? The system would accept it, modulo 2^16 and with a sign, as another port. */
static int wraps(const char *service) {
  char *end;
  errno = 0;
  unsigned long long number = strtoull(service, &end, 10);
  return end != service && *end == '\0' && (errno != 0 || number > UINT16_MAX);
}

/* Does the string at 'index', whose bytes up to the first zero are 'text', contain zeros? */
static int has_zeros(lua_State *L, int index, const char *text) { return strlen(text) != lua_rawlen(L, index); }

/* The EAI_* error of a host or a service that no resolver can know, or 0. */
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
  return lookup ? lookup->job : NULL; /* a userdata in the slot is always a lookup */
}

void ps_lookup_end(lua_State *L) { lua_closeslot(L, PS_PROGRESS(ps_operation(L))); }

int ps_lookup_failure(lua_State *L, const Job *job, int address) {
  const char *name = ps_operation(L)->name;
  /* the address of the error shows the service, which is wrong, and not only the host */
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

/* Runs the job in this thread, for a finalizer that runs when nothing would end a new pool. A job from before a
   fork fails instead. */
static int do_here(lua_State *L, Job *job) {
  if (job->pool != NULL) return ps_error_push_gai(L, EAI_AGAIN, ps_operation(L)->name, 0);
  ps_job_run(job);
  job->state = JOB_DONE;
  return PS_AGAIN;
}

/* Gives the job to a thread of this process: 0, or the result of the attempt. */
static int start(lua_State *L, Lookup *lookup) {
  World *world = ps_world(L);
  if (world->closed) return do_here(L, lookup->job);
  if (ps_pool_inherited(world->pool)) {
    sys_fd fd = ps_pool_renew(world->pool);
    if (fd != SYS_NO_FD) ps_close(L, world, fd, 0); /* wakes the other lookups, which start again, too */
  }
  int code = ps_job_submit(&lookup->job, &world->pool);
  if (code == 0) return 0;
  lookup->job->code = code == EAGAIN ? EAI_AGAIN : EAI_SYSTEM; /* the system has no more threads, or descriptors */
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

/* The limits of the state's pool, which is made if there is none. */
static PoolLimits *check_limits(lua_State *L) {
  World *world = ps_world(L);
  if (world->closed) luaL_error(L, "the state is being closed"); /* nothing would end a new pool */
  PoolLimits *limits = ps_pool_limits(&world->pool);
  if (limits == NULL) raise_memory(L);
  return limits;
}

/***
Sets the numbers of threads in which the state looks up names. A lookup is slow after a tenth of a second. Slow lookups,
and lookups whose callers have given up, count for `all` alone, so that names whose servers do not answer do not delay
other names.
@function setlookuplimits
@tparam[opt] integer quick the maximum number of threads with other lookups, at first 8; nil: unchanged
@tparam[opt] integer all the maximum number of all threads, at first a quarter of the descriptors that the process may
  open, 256 at most, because the resolver holds a descriptor in each waiting thread; nil: unchanged
@tparam[opt] table options the arguments above by name
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
Returns the numbers of threads in which the state looks up names.
@function getlookuplimits
@treturn integer the limit `quick`
@treturn integer the limit `all`
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

/* The state is being closed. */
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
