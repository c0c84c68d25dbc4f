/* SPDX-License-Identifier: MIT */
/*
** A poller on kqueue(2), for macOS and the BSDs. An event is of a descriptor and a filter: one to read, one to write, and one for
** urgent data where the system has it. What is armed stays so, as EV_CLEAR has it: to arm it again costs no system call.
** What wakes a loop is a descriptor, as with every poller (sys_signal_open), and no EVFILT_USER: pysocket_wake writes to it with
** nothing of ours, and may do so after the loop has gone, or in a forked process, where a queue's number is another file's.
*/
#include "../system.h"

#ifdef SYS_KQUEUE

#define AT_ONCE 256 /* events taken from the kernel */
#define FILTERS 3

static const struct {
  int event;
  int16_t filter;
  uint32_t fflags;
} filters[] = {
    {SYS_READ, EVFILT_READ, 0},
    {SYS_WRITE, EVFILT_WRITE, 0},
#ifdef EVFILT_EXCEPT
    {SYS_PRIORITY, EVFILT_EXCEPT, NOTE_OOB},
#endif
};

/* Forked processes do not inherit it; the program that takes this one's place shall not have it either. */
sys_fd sys_set_open(void) {
  sys_fd fd = kqueue();
  if (fd != SYS_NO_FD) sys_set_inheritable(fd, 0);
  return fd;
}

int sys_set_is_ours(pid_t process) { return process == getpid(); }

/* Does so with the filters of these events: 0, or -1 and errno. A descriptor that can have no urgent data is none the worse. */
static int change(sys_fd queue, sys_fd fd, int events, int flags, void *data) {
  struct kevent list[FILTERS], results[FILTERS];
  int count = 0, code = 0;
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
    if (!(events & filters[i].event)) continue;
    EV_SET(&list[count], (uintptr_t)fd, filters[i].filter, (uint16_t)(flags | EV_RECEIPT), filters[i].fflags, 0, data);
    count++;
  }
  int n = kevent(queue, list, count, results, count, NULL);
  for (int i = 0; i < n; i++)
    if (results[i].data != 0 && (results[i].filter == EVFILT_READ || results[i].filter == EVFILT_WRITE))
      code = (int)results[i].data;
  if (code != 0) errno = code;
  return n < 0 || code != 0 ? -1 : 0;
}

int sys_poller_open(sys_Poller *p) {
  p->process = getpid();
  p->fd = sys_set_open();
  return p->fd == SYS_NO_FD ? -1 : 0;
}

/* A forked process has no queue, and its number is another file's by now, perhaps. */
static int part_with_parent(sys_Poller *p) {
  sys_fd own = sys_set_open();
  if (own == SYS_NO_FD) return -1;
  p->fd = own;
  p->process = getpid();
  return 1;
}

int sys_poller_arm(sys_Poller *p, sys_Watched *w, int events) {
  int wanted = events == 0 ? 0 : w->armed | events;
  if (wanted == w->armed) return 0;
  int ours = sys_set_is_ours(p->process);
  if (wanted == 0) { /* a descriptor may go without being closed */
    if (ours) change(p->fd, w->fd, w->armed, EV_DELETE, w);
    w->armed = 0;
    return 0;
  }
  int parted = ours ? 0 : part_with_parent(p);
  if (parted < 0 || change(p->fd, w->fd, parted ? wanted : wanted & ~w->armed, EV_ADD | EV_CLEAR, w) < 0) return -1;
  w->armed = (unsigned char)wanted;
  return parted;
}

/* Where both directions have ended it is the filter to write that says so. */
static int from_kernel(const struct kevent *event) {
  int failed = event->flags & EV_EOF && event->fflags != 0;
  switch (event->filter) {
    case EVFILT_READ:
      return failed ? SYS_READ | SYS_END : SYS_READ;
    case EVFILT_WRITE:
      return event->flags & EV_EOF ? SYS_WRITE | SYS_END : SYS_WRITE;
    default:
      return SYS_PRIORITY;
  }
}

int sys_poller_wait(sys_Poller *p, sys_Watched **ready, int max, int64_t ns) {
  struct kevent events[AT_ONCE];
  if (!sys_set_is_ours(p->process)) return part_with_parent(p) < 0 ? -1 : SYS_POLLER_PARTED;
  int n = sys_kevent_wait(p->fd, events, max < AT_ONCE ? max : AT_ONCE, ns), found = 0;
  if (n < 0) return -1;
  for (int i = 0; i < n; i++) {
    /* NetBSD before 10 has an integer there */
    sys_Watched *w = (sys_Watched *)(uintptr_t)events[i].udata;
    if (w->place >= found || ready[w->place] != w) { /* the first of its events */
      w->place = found;
      w->told = 0;
      ready[found++] = w;
    }
    w->told |= (unsigned char)from_kernel(&events[i]);
  }
  return found;
}

void sys_poller_close(sys_Poller *p) {
  if (p->fd != SYS_NO_FD && sys_set_is_ours(p->process)) sys_close(p->fd);
  p->fd = SYS_NO_FD;
}

size_t sys_poller_wants(const sys_Poller *p) { return (void)p, 0; }

void sys_poller_give(sys_Poller *p, void *memory, size_t size) { (void)p, (void)memory, (void)size; }

/* What is asked for neither to be read nor written could only be told of its end, for which there is no filter. */
int sys_set_add(sys_fd set, sys_fd fd, int events) {
  int wanted =
      (events & POLLIN ? SYS_READ : 0) | (events & POLLOUT ? SYS_WRITE : 0) | (events & POLLPRI ? SYS_PRIORITY : 0);
  if (wanted & (SYS_READ | SYS_WRITE)) return change(set, fd, wanted, EV_ADD, NULL);
  errno = EINVAL;
  return -1;
}

int sys_set_remove(sys_fd set, sys_fd fd) {
  int removed = change(set, fd, SYS_READ, EV_DELETE, NULL) == 0;
  if (change(set, fd, SYS_WRITE, EV_DELETE, NULL) == 0) removed = 1;
  change(set, fd, SYS_PRIORITY, EV_DELETE, NULL);
  return removed;
}
#endif
