/* SPDX-License-Identifier: MIT */
/* A poller on poll(2), for systems without a better one. What it tells it lets go of: each wait for it has to be armed anew. */
#include "../system.h"

#ifdef SYS_POLL
#include <string.h>

#define ROOM_MIN 64

/* The memory is an array of what poll(2) reads, and one of the records that these are about. */
static struct pollfd *items_of(const sys_Poller *p) { return (struct pollfd *)((sys_Watched **)p->memory + p->room); }

static sys_Watched **records_of(const sys_Poller *p) { return p->memory; }

int sys_poller_open(sys_Poller *p) {
  *p = (sys_Poller){.fd = SYS_NO_FD};
  return 0;
}

size_t sys_poller_wants(const sys_Poller *p) {
  if (p->count < p->room) return 0;
  size_t room = p->room == 0 ? ROOM_MIN : 2 * (size_t)p->room;
  return room * (sizeof(sys_Watched *) + sizeof(struct pollfd));
}

void sys_poller_give(sys_Poller *p, void *memory, size_t size) {
  sys_Poller old = *p;
  p->memory = memory;
  p->room = (int)(size / (sizeof(sys_Watched *) + sizeof(struct pollfd)));
  if (old.count == 0) return;
  memcpy(records_of(p), records_of(&old), (size_t)old.count * sizeof(sys_Watched *));
  memcpy(items_of(p), items_of(&old), (size_t)old.count * sizeof(struct pollfd));
}

static void put(const sys_Poller *p, int place, sys_Watched *w, struct pollfd item) {
  records_of(p)[place - 1] = w;
  items_of(p)[place - 1] = item;
  w->place = place;
}

/* The last takes the place of one that goes. */
static void take_out(sys_Poller *p, sys_Watched *w) {
  int place = w->place, last = p->count;
  if (place == 0) return;
  p->count--;
  if (place != last) put(p, place, records_of(p)[last - 1], items_of(p)[last - 1]);
  w->place = 0;
  w->armed = 0;
}

int sys_poller_arm(sys_Poller *p, sys_Watched *w, int events) {
  if (events == 0 || w->armed == 0) take_out(p, w);
  if (events == 0) return 0;
  w->armed |= (unsigned char)events;
  struct pollfd item = {.fd = w->fd};
  if (w->armed & SYS_READ) item.events |= POLLIN;
  if (w->armed & SYS_WRITE) item.events |= POLLOUT;
  if (w->armed & SYS_PRIORITY) item.events |= POLLPRI;
  put(p, w->place != 0 ? w->place : ++p->count, w, item);
  return 0;
}

static unsigned char from_kernel(int bits) {
  int events = 0;
  if (bits & POLLIN) events |= SYS_READ;
  if (bits & POLLOUT) events |= SYS_WRITE;
  if (bits & POLLPRI) events |= SYS_PRIORITY;
  if (bits & (POLLERR | POLLHUP | POLLNVAL)) events |= SYS_END;
  return (unsigned char)events;
}

int sys_poller_wait(sys_Poller *p, sys_Watched **ready, int max, int64_t ns) {
  int n = sys_poll(p->count > 0 ? items_of(p) : NULL, (size_t)p->count, ns);
  if (n <= 0) return n;
  int found = 0;
  for (int place = p->count; place > 0 && found < max;
       place--) { /* from the end: what is taken out moves nothing unseen */
    const struct pollfd *item = &items_of(p)[place - 1];
    if (item->revents == 0) continue;
    sys_Watched *w = records_of(p)[place - 1];
    w->told = from_kernel(item->revents);
    ready[found++] = w;
    take_out(p, w);
  }
  return found;
}

void sys_poller_close(sys_Poller *p) { p->count = 0; }
#endif
