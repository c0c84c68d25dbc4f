/* SPDX-License-Identifier: MIT */
/* A poller on epoll(7). What is armed stays so, edge-triggered, until it is closed: then to arm it costs no system call. */
#include "../system.h"

#ifdef SYS_EPOLL

#define AT_ONCE 256 /* events taken from the kernel */

int sys_poller_open(sys_Poller *p) {
  p->process = getpid();
  p->fd = epoll_create1(EPOLL_CLOEXEC);
  return p->fd < 0 ? -1 : 0;
}

/* A forked process gets a set of its own, under the same number. */
static int part_with_parent(sys_Poller *p) {
  sys_fd own = epoll_create1(EPOLL_CLOEXEC);
  if (own < 0) return -1;
  int done = dup3(own, p->fd, O_CLOEXEC), code = errno;
  sys_close(own);
  errno = code;
  if (done < 0) return -1;
  p->fd = done; /* as it was: said for static analysers */
  p->process = getpid();
  return 1;
}

static uint32_t to_kernel(int events) {
  uint32_t bits = EPOLLET;
  if (events & SYS_READ) bits |= EPOLLIN | EPOLLRDHUP;
  if (events & SYS_WRITE) bits |= EPOLLOUT;
  if (events & SYS_PRIORITY) bits |= EPOLLPRI;
  return bits;
}

static unsigned char from_kernel(uint32_t bits) {
  int events = 0;
  if (bits & (EPOLLIN | EPOLLRDHUP)) events |= SYS_READ;
  if (bits & EPOLLRDHUP) events |= SYS_LAST;
  if (bits & EPOLLOUT) events |= SYS_WRITE;
  if (bits & EPOLLPRI) events |= SYS_PRIORITY;
  if (bits & (EPOLLERR | EPOLLHUP)) events |= SYS_END;
  return (unsigned char)events;
}

int sys_poller_arm(sys_Poller *p, sys_Watched *w, int events) {
  int wanted = events == 0 ? 0 : w->armed | events;
  if (wanted == w->armed) return 0;
  int ours = p->process == getpid();
  if (wanted == 0) { /* also where a duplicate of the descriptor lives on; a forked process leaves that to its parent */
    if (ours) epoll_ctl(p->fd, EPOLL_CTL_DEL, w->fd, NULL);
    w->armed = 0;
    return 0;
  }
  int parted = ours ? 0 : part_with_parent(p);
  if (parted < 0) return -1;
  struct epoll_event event = {.events = to_kernel(wanted), .data = {.ptr = w}};
  if (epoll_ctl(p->fd, EPOLL_CTL_ADD, w->fd, &event) < 0)
    if (errno != EEXIST || epoll_ctl(p->fd, EPOLL_CTL_MOD, w->fd, &event) < 0) return -1;
  w->armed = (unsigned char)wanted;
  return parted;
}

int sys_poller_wait(sys_Poller *p, sys_Watched **ready, int max, int64_t ns) {
  struct epoll_event events[AT_ONCE];
  int n = sys_epoll_wait(p->fd, events, max < AT_ONCE ? max : AT_ONCE, ns);
  for (int i = 0; i < n; i++) {
    ready[i] = events[i].data.ptr;
    ready[i]->told = from_kernel(events[i].events);
  }
  return n;
}

void sys_poller_close(sys_Poller *p) {
  if (p->fd != SYS_NO_FD) sys_close(p->fd);
  p->fd = SYS_NO_FD;
}

size_t sys_poller_wants(const sys_Poller *p) { return (void)p, 0; }

void sys_poller_give(sys_Poller *p, void *memory, size_t size) { (void)p, (void)memory, (void)size; }

sys_fd sys_set_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

int sys_set_add(sys_fd set, sys_fd fd, int events) { /* poll's bits are epoll's */
  struct epoll_event event = {.events = (unsigned short)events};
  if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0) return 0;
  return errno == EEXIST && epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) == 0 ? 1 : -1;
}

int sys_set_remove(sys_fd set, sys_fd fd) { return epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL) == 0; }

int sys_set_is_ours(pid_t process) { return (void)process, 1; }
#endif
