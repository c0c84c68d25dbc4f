/* SPDX-License-Identifier: MIT */
/*
** A poller on AFD, the driver of sockets, and a completion port. A request is of one socket, and ends when one of its events is
** there: then the record is armed no more. The system writes into the request, which is part of the record, until its completion
** has been taken from the port: also that of one that was cancelled.
*/
#include "shared.h"

#define AT_ONCE 256 /* completions taken from the port */

enum { IDLE, PENDING, CANCELLED };

int sys_poller_open(sys_Poller *p) {
  *p = (sys_Poller){.fd = SYS_NO_FD, .process = getpid()};
  p->device = sys_afd_open();
  if (p->device == NULL) return -1;
  p->port = CreateIoCompletionPort(p->device, NULL, 0, 1);
  if (p->port != NULL) {
    SetFileCompletionNotificationModes(p->device, FILE_SKIP_SET_EVENT_ON_HANDLE);
    return 0;
  }
  sys_fail();
  int code = errno;
  CloseHandle(p->device);
  p->device = NULL;
  errno = code;
  return -1;
}

static ULONG to_system(int events) {
  ULONG bits = AFD_ABORT | AFD_CLOSED | AFD_REFUSED;
  if (events & SYS_READ) bits |= AFD_READ | AFD_ACCEPT | AFD_DISCONNECT;
  if (events & SYS_WRITE) bits |= AFD_WRITE;
  if (events & SYS_PRIORITY) bits |= AFD_URGENT;
  return bits;
}

static unsigned char from_system(ULONG bits) {
  int events = 0;
  if (bits & (AFD_READ | AFD_ACCEPT | AFD_DISCONNECT)) events |= SYS_READ;
  if (bits & AFD_WRITE) events |= SYS_WRITE;
  if (bits & AFD_URGENT) events |= SYS_PRIORITY;
  if (bits & (AFD_ABORT | AFD_CLOSED | AFD_REFUSED)) events |= SYS_END;
  return (unsigned char)events;
}

/* Asks for what the record is armed for; 0, or -1 and errno. Its completion comes through the port, also where it ends at once. */
static int submit(sys_Poller *p, sys_Watched *w) {
  HANDLE base = sys_afd_socket(w->fd);
  if (base == NULL) return -1;
  sys_AfdRequest *r = &w->request;
  r->poll = (sys_AfdPoll){.timeout = {.QuadPart = INT64_MAX}, .count = 1};
  r->poll.handles[0] = (struct sys_AfdHandle){.handle = base, .events = to_system(w->armed)};
  LONG code = sys_afd_ask(p->device, NULL, w, r->status, &r->poll, sizeof r->poll);
  if (code < 0) {
    errno = sys_afd_errno(code);
    return -1;
  }
  r->state = PENDING;
  p->count++;
  return 0;
}

static void cancel(const sys_Poller *p, sys_Watched *w) {
  if (w->request.state != PENDING) return;
  sys_afd_cancel(p->device, w->request.status);
  w->request.state = CANCELLED;
}

/* A request that is too narrow, or of a socket that had this number before, is cancelled: at its completion comes the next. */
int sys_poller_arm(sys_Poller *p, sys_Watched *w, int events) {
  int wanted = events == 0 ? 0 : w->armed | events;
  if (wanted == w->armed) {
    if (wanted == 0) cancel(p, w);
    return 0;
  }
  w->armed = (unsigned char)wanted;
  cancel(p, w);
  if (wanted == 0 || w->request.state != IDLE || submit(p, w) == 0) return 0;
  w->armed = 0;
  return -1;
}

/* A completion has come: is there something to tell of the record? */
static int complete(sys_Poller *p, sys_Watched *w) {
  sys_AfdRequest *r = &w->request;
  int cancelled = r->state == CANCELLED;
  ULONG bits = r->poll.count > 0 ? r->poll.handles[0].events : 0;
  LONG code = (LONG)(intptr_t)r->status[0];
  r->state = IDLE;
  p->count--;
  if (w->armed == 0) return 0;
  if (!cancelled && code == 0 && bits & to_system(w->armed)) w->told = from_system(bits);
  else if (submit(p, w) == 0) return 0;
  else w->told = SYS_END;
  w->armed = 0;
  return 1;
}

/* Takes what the port has: how many of 'ready' are set; -1 and EINTR where Ctrl-C has woken it for nothing else. */
static int take(sys_Poller *p, sys_Watched **ready, int max, DWORD ms) {
  OVERLAPPED_ENTRY entries[AT_ONCE];
  ULONG count = 0;
  int found = 0, woken = 0;
  if (!GetQueuedCompletionStatusEx(p->port, entries, (ULONG)(max < AT_ONCE ? max : AT_ONCE), &count, ms, FALSE))
    return 0;
  for (ULONG i = 0; i < count; i++) {
    sys_Watched *w = (sys_Watched *)entries[i].lpOverlapped;
    if (w == NULL) woken = 1;
    else if (complete(p, w)) ready[found++] = w;
  }
  if (found > 0 || !woken) return found;
  errno = EINTR;
  return -1;
}

int sys_poller_wait(sys_Poller *p, sys_Watched **ready, int max, int64_t ns) {
  int64_t deadline = ns > 0 ? sys_monotonic() + ns : 0;
  for (;;) {
    sys_Sleeper sleeper = {.handle = p->port, .is_port = 1};
    if (ns != 0 && sys_sleep_begin(&sleeper) < 0) return -1;
    int n = take(p, ready, max, sys_milliseconds(ns)), interrupted = ns != 0 ? sys_sleep_end(&sleeper) : 0;
    if (n != 0 || ns == 0) return n;
    if (interrupted < 0) return -1;
    if (ns < 0) continue;
    ns = deadline - sys_monotonic();
    if (ns <= 0) return 0;
  }
}

/* With the device's end all requests end; what they tell of it is waited for, since their memory is given back next. */
void sys_poller_close(sys_Poller *p) {
  if (p->device == NULL) return;
  CloseHandle(p->device);
  p->device = NULL;
  while (p->count > 0) {
    OVERLAPPED_ENTRY entries[AT_ONCE];
    ULONG count = 0;
    if (!GetQueuedCompletionStatusEx(p->port, entries, AT_ONCE, &count, INFINITE, FALSE)) break;
    for (ULONG i = 0; i < count; i++) p->count -= entries[i].lpOverlapped != NULL;
  }
  CloseHandle(p->port);
  p->port = NULL;
}

size_t sys_poller_wants(const sys_Poller *p) { return (void)p, 0; }

void sys_poller_give(sys_Poller *p, void *memory, size_t size) { (void)p, (void)memory, (void)size; }
