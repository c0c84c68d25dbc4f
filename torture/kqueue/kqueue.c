/* SPDX-License-Identifier: MIT */
/*
** kqueue(2) and kevent(2) over epoll(7), eventfd(2) and timerfd(2): their manual page, as far as sockets, pipes, timers and user
** events go. What a user holds is an epoll set of epoll sets, one a filter, so that a descriptor has an event a filter, and none
** of it is duplicated. Not as the page says: 'fflags' has no error of a socket, which Linux gives but once, and 'data' of a
** listener is 1.
*/
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <sys/event.h>

#define BUCKETS 1024
#define SECOND INT64_C(1000000000)
#define KEPT (EV_ONESHOT | EV_CLEAR | EV_DISPATCH) /* flags that an event comes back with */

enum { READS, WRITES, EXCEPTS, TIMERS, USERS, SETS }; /* that of user events is an eventfd */

typedef struct Knote {
  struct Knote *next;
  struct kevent event;
  int set;
  int watched; /* the descriptor that is in the set; -1 for a user event */
  int disabled, triggered;
} Knote;

typedef struct Queue {
  struct Queue *next;
  int fd; /* the user's */
  int sets[SETS];
  int turn; /* the set that is asked first */
  Knote *knotes[BUCKETS];
} Queue;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Queue *queues;

int __real_close(int fd);
int __wrap_close(int fd);

static Queue *find_queue(int fd) {
  Queue *q = queues;
  while (q != NULL && q->fd != fd) q = q->next;
  return q;
}

static Knote **find_knote(Queue *q, uintptr_t ident, int filter) {
  Knote **place = &q->knotes[ident % BUCKETS];
  while (*place != NULL && ((*place)->event.ident != ident || (*place)->event.filter != filter))
    place = &(*place)->next;
  return place;
}

/* Has the set of a knote watch its descriptor, or no more so. In place of another queue it watches that one's sets: the kernel nests
   five epoll sets at most, and this way a queue in a queue takes one of them. */
static int control(const Queue *q, const Knote *k, int how, struct epoll_event *event) {
  const Queue *inner = k->set == READS ? find_queue(k->watched) : NULL;
  int set = q->sets[k->set], done = 0;
  if (inner == NULL) return epoll_ctl(set, how, k->watched, event);
  for (int i = 0; i < SETS; i++)
    if (epoll_ctl(set, how, inner->sets[i], event) < 0) done = -1;
  return done;
}

static void remove_knote(Queue *q, Knote **place) {
  Knote *k = *place;
  *place = k->next;
  if (k->watched >= 0) control(q, k, EPOLL_CTL_DEL, NULL);
  if (k->set == TIMERS && k->watched >= 0) __real_close(k->watched);
  free(k);
}

static void end_queue(Queue *q) {
  Queue **place = &queues;
  while (*place != q) place = &(*place)->next;
  *place = q->next;
  for (int i = 0; i < BUCKETS; i++)
    while (q->knotes[i] != NULL) remove_knote(q, &q->knotes[i]);
  for (int set = 0; set < SETS; set++)
    if (q->sets[set] >= 0) __real_close(q->sets[set]);
  free(q);
}

/* "Calling close() on a file descriptor will remove any kevents that reference the descriptor." */
int __wrap_close(int fd) {
  pthread_mutex_lock(&lock);
  for (Queue *q = queues; q != NULL && fd >= 0; q = q->next) {
    for (int filter = EVFILT_EXCEPT; filter <= EVFILT_READ; filter++) {
      if (filter != EVFILT_READ && filter != EVFILT_WRITE && filter != EVFILT_EXCEPT) continue;
      Knote **place = find_knote(q, (uintptr_t)fd, filter);
      if (*place != NULL) remove_knote(q, place);
    }
  }
  Queue *own = find_queue(fd);
  if (own != NULL) end_queue(own);
  pthread_mutex_unlock(&lock);
  return __real_close(fd);
}

/* "The queue is not inherited by a child created with fork(2)." */
static void before_fork(void) { pthread_mutex_lock(&lock); }

static void after_fork(void) { pthread_mutex_unlock(&lock); }

static void in_child(void) {
  while (queues != NULL) {
    Queue *q = queues; /* what is in the sets is the parent's: they are only closed here */
    queues = q->next;
    for (int set = 0; set < SETS; set++)
      if (q->sets[set] >= 0) __real_close(q->sets[set]);
    for (int i = 0; i < BUCKETS; i++) {
      for (Knote *k; (k = q->knotes[i]) != NULL; free(k)) {
        q->knotes[i] = k->next;
        if (k->set == TIMERS && k->watched >= 0) __real_close(k->watched);
      }
    }
    __real_close(q->fd);
    free(q);
  }
  pthread_mutex_unlock(&lock);
}

static void watch_forks(void) { pthread_atfork(before_fork, after_fork, in_child); }

/* All sets are there from the start: no later call opens a descriptor, as none does elsewhere. */
static int open_sets(Queue *q) {
  q->fd = epoll_create1(0);
  for (int set = 0; set < SETS && q->fd >= 0; set++) {
    struct epoll_event event = {.events = EPOLLIN};
    q->sets[set] = set == USERS ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : epoll_create1(EPOLL_CLOEXEC);
    if (q->sets[set] < 0 || epoll_ctl(q->fd, EPOLL_CTL_ADD, q->sets[set], &event) < 0) return -1;
  }
  return q->fd;
}

int kqueue(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  Queue *q = calloc(1, sizeof *q);
  if (q == NULL) return -1;
  for (int set = 0; set < SETS; set++) q->sets[set] = -1;
  pthread_mutex_lock(&lock);
  q->next = queues;
  queues = q;
  int fd = open_sets(q), code = errno;
  if (fd < 0) {
    int outer = q->fd;
    end_queue(q);
    if (outer >= 0) __real_close(outer);
  }
  pthread_mutex_unlock(&lock);
  errno = code;
  return fd;
}

static int start_timer(Knote *k) {
  uint32_t unit = k->event.fflags;
  int64_t ns = k->event.data;
  ns *= unit & NOTE_NSECONDS ? 1 : unit & NOTE_USECONDS ? 1000 : unit & NOTE_SECONDS ? SECOND : 1000000;
  if (ns == 0) ns = 1;
  struct itimerspec spec = {.it_value = {ns / SECOND, ns % SECOND}};
  if (!(k->event.flags & EV_ONESHOT)) spec.it_interval = spec.it_value;
  if (k->watched < 0) k->watched = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return k->watched < 0 ? -1 : timerfd_settime(k->watched, 0, &spec, NULL);
}

/* Puts it into its set as its flags want it: again, where it is there, so that the kernel looks anew. */
static int watch(Queue *q, Knote *k) {
  static const uint32_t bits[SETS] = {EPOLLIN | EPOLLRDHUP, EPOLLOUT, EPOLLPRI, EPOLLIN, 0};
  if (k->set == USERS) return 0;
  struct epoll_event event = {.events = bits[k->set], .data = {.ptr = k}};
  if (k->event.flags & EV_CLEAR) event.events |= EPOLLET;
  if (control(q, k, EPOLL_CTL_ADD, &event) == 0) return 0;
  return errno != EEXIST ? -1 : control(q, k, EPOLL_CTL_MOD, &event);
}

static void set_disabled(Queue *q, Knote *k, int disabled) {
  k->disabled = disabled;
  if (disabled && k->watched >= 0) control(q, k, EPOLL_CTL_DEL, NULL);
}

static void trigger(const Queue *q, Knote *k, uint32_t fflags) {
  uint32_t mask = fflags & NOTE_FFLAGSMASK, *flags = &k->event.fflags;
  switch (fflags & NOTE_FFCTRLMASK) {
    case NOTE_FFAND:
      *flags &= mask;
      break;
    case NOTE_FFOR:
      *flags |= mask;
      break;
    case NOTE_FFCOPY:
      *flags = mask;
      break;
    default:
      break;
  }
  if (fflags & NOTE_TRIGGER) k->triggered = 1;
  if (k->triggered && !k->disabled) eventfd_write(q->sets[USERS], 1);
}

static int add(Queue *q, Knote **place, const struct kevent *change, int set) {
  int is_new = *place == NULL;
  if (is_new) {
    Knote *k = calloc(1, sizeof *k);
    if (k == NULL) return -1;
    k->set = set;
    k->watched = set < TIMERS ? (int)change->ident : -1;
    *place = k;
  }
  Knote *k = *place;
  uint32_t fflags = set == USERS ? k->event.fflags : change->fflags;
  k->event = *change;
  k->event.fflags = fflags;
  k->disabled = 0;
  if ((set == TIMERS && start_timer(k) < 0) || watch(q, k) < 0) {
    int code = errno;
    if (is_new) remove_knote(q, place);
    errno = code;
    return -1;
  }
  return 0;
}

/* One element of the changelist: 0, or -1 and errno. */
static int apply(Queue *q, const struct kevent *change) {
  int set = change->filter == EVFILT_READ     ? READS
            : change->filter == EVFILT_WRITE  ? WRITES
            : change->filter == EVFILT_EXCEPT ? EXCEPTS
            : change->filter == EVFILT_TIMER  ? TIMERS
            : change->filter == EVFILT_USER   ? USERS
                                              : SETS;
  if (set == SETS) return errno = EINVAL, -1;
  Knote **place = find_knote(q, change->ident, change->filter);
  struct pollfd there = {.fd = (int)change->ident};
  if (set < TIMERS && (poll(&there, 1, 0) < 0 || there.revents & POLLNVAL)) return errno = EBADF, -1;
  if (*place == NULL && !(change->flags & EV_ADD)) return errno = ENOENT, -1;
  if (change->flags & EV_ADD && add(q, place, change, set) < 0) return -1;
  if (change->flags & EV_DELETE) return remove_knote(q, place), 0;
  Knote *k = *place;
  if (change->flags & EV_DISABLE) set_disabled(q, k, 1);
  else if (change->flags & EV_ENABLE) {
    k->disabled = 0;
    if (watch(q, k) < 0) return -1;
  }
  if (set == USERS) trigger(q, k, change->fflags);
  return 0;
}

static intptr_t amount(const Knote *k) {
  int count = 0, room = 0;
  uint64_t times = 0;
  socklen_t len = sizeof room;
  if (k->set == TIMERS) return read(k->watched, &times, sizeof times) < 0 ? 0 : (intptr_t)times;
  if (k->set != WRITES) return ioctl(k->watched, FIONREAD, &count) < 0 ? 1 : count;
  if (getsockopt(k->watched, SOL_SOCKET, SO_SNDBUF, &room, &len) < 0) return 1;
  return ioctl(k->watched, SIOCOUTQ, &count) < 0 || count >= room ? 1 : room - count;
}

/* Fills in the event that the user gets. Disabled or deleted, as its flags want it, is the knote by then. */
static void deliver(Queue *q, Knote *k, uint32_t bits, struct kevent *to) {
  uint32_t end = k->set == WRITES ? EPOLLERR | EPOLLHUP : EPOLLRDHUP | EPOLLHUP;
  *to = k->event;
  to->flags = k->event.flags & KEPT;
  if (k->set < TIMERS && bits & end) to->flags |= EV_EOF;
  to->data = k->set == USERS ? 0 : amount(k);
  if (k->set < TIMERS) to->fflags = k->set == EXCEPTS && bits & EPOLLPRI ? NOTE_OOB : 0;
  if (k->set == USERS && k->event.flags & EV_CLEAR) k->triggered = 0;
  if (k->event.flags & EV_ONESHOT) remove_knote(q, find_knote(q, k->event.ident, k->event.filter));
  else if (k->event.flags & EV_DISPATCH) set_disabled(q, k, 1);
}

static int take_users(Queue *q, struct kevent *events, int room) {
  int n = 0, left = 0;
  eventfd_t count;
  if (eventfd_read(q->sets[USERS], &count) < 0) return 0;
  for (int i = 0; i < BUCKETS; i++) {
    for (Knote *k = q->knotes[i], *next; k != NULL; k = next) {
      next = k->next;
      if (k->set != USERS || !k->triggered || k->disabled) continue;
      left |= n == room || !(k->event.flags & (EV_CLEAR | EV_ONESHOT | EV_DISPATCH));
      if (n < room) deliver(q, k, 0, &events[n++]);
    }
  }
  if (left) eventfd_write(q->sets[USERS], 1);
  return n;
}

/* Several sets of one queue that is watched may have events. */
static int is_first(const struct epoll_event *found, int i) {
  int first = 0;
  while (found[first].data.ptr != found[i].data.ptr) first++;
  return first == i;
}

static int take_set(Queue *q, int set, struct kevent *events, int room) {
  struct epoll_event found[64];
  int got = epoll_wait(q->sets[set], found, room < 64 ? room : 64, 0), n = 0;
  for (int i = 0; i < got; i++)
    if (is_first(found, i)) deliver(q, found[i].data.ptr, found[i].events, &events[n++]);
  return n;
}

static int take(Queue *q, struct kevent *events, int room) {
  int n = 0;
  q->turn++;
  for (int i = 0; i < SETS && n < room; i++) {
    int set = (q->turn + i) % SETS;
    if (q->sets[set] < 0) continue;
    n += set == USERS ? take_users(q, events + n, room - n) : take_set(q, set, events + n, room - n);
  }
  return n;
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

/* Applies the changes: how many events tell of errors and receipts, or -1 and errno. */
static int apply_all(Queue *q, const struct kevent *changes, int nchanges, struct kevent *events, int nevents) {
  int told = 0;
  for (int i = 0; i < nchanges; i++) {
    int code = apply(q, &changes[i]) < 0 ? errno : 0;
    if (code == 0 && !(changes[i].flags & EV_RECEIPT)) continue;
    if (told == nevents) return code == 0 ? told : (errno = code, -1);
    struct kevent *to = &events[told++];
    *to = changes[i];
    to->flags |= EV_ERROR;
    to->data = code;
  }
  return told;
}

int kevent(int kq, const struct kevent *changes, int nchanges, struct kevent *events, int nevents,
           const struct timespec *timeout) {
  if (timeout != NULL && (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= SECOND))
    return errno = EINVAL, -1;
  int64_t ends = timeout == NULL ? -1 : now() + timeout->tv_sec * SECOND + timeout->tv_nsec;
  for (int first = 1;; first = 0) {
    pthread_mutex_lock(&lock);
    Queue *q = find_queue(kq);
    int n = q == NULL ? (errno = EBADF, -1)
            : first   ? apply_all(q, changes, nchanges, events, nevents)
                      : 0,
        code = errno;
    if (n == 0 && nevents > 0) n = take(q, events, nevents);
    pthread_mutex_unlock(&lock);
    errno = code;
    int64_t left = ends < 0 ? SECOND : ends - now();
    if (n != 0 || nevents == 0 || left <= 0) return n;
    struct timespec limit = {left / SECOND, left % SECOND};
    struct pollfd outer = {.fd = kq, .events = POLLIN};
    if (ppoll(&outer, 1, ends < 0 ? NULL : &limit, NULL) < 0) return -1;
  }
}
