/* SPDX-License-Identifier: MIT */
/* What kqueue(2)'s manual page promises, a case a function: kqueue NAME. On a system that has a kqueue it tries that one. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

#define SECOND 1000000000

static int kq, pair[2];
static struct kevent got[8];

static void fail(int line, const char *condition) {
  printf("line %d: %s\n", line, condition);
  exit(1);
}

static int change(uintptr_t ident, int filter, int flags, unsigned fflags, intptr_t data) {
  struct kevent event;
  EV_SET(&event, ident, filter, flags, fflags, data, NULL);
  return kevent(kq, &event, 1, NULL, 0, NULL);
}

static int add(int fd, int filter, int flags) { return change((uintptr_t)fd, filter, EV_ADD | flags, 0, 0); }

/* the events that are there by now */
static int take(void) { return kevent(kq, NULL, 0, got, 8, &(struct timespec){0, 0}); }

/* waits for one event: the peers of a connection are not told at once everywhere */
static int await(void) { return kevent(kq, NULL, 0, got, 8, &(struct timespec){5, 0}); }

static void readded(void) {
  struct kevent event;
  CHECK(write(pair[1], "x", 1) == 1);
  for (int i = 1; i <= 2; i++) {
    EV_SET(&event, (uintptr_t)pair[0], EVFILT_READ, EV_ADD, 0, 0, &got[i]);
    CHECK(kevent(kq, &event, 1, NULL, 0, NULL) == 0);
  }
  CHECK(take() == 1);
  CHECK(got[0].udata == &got[2]);
}

static void preexisting(void) {
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(add(pair[0], EVFILT_READ, EV_CLEAR) == 0);
  CHECK(take() == 1 && got[0].ident == (uintptr_t)pair[0] && got[0].filter == EVFILT_READ);
}

static void by_filter(void) {
  CHECK(add(pair[0], EVFILT_READ, 0) == 0 && add(pair[0], EVFILT_WRITE, 0) == 0);
  CHECK(take() == 1 && got[0].filter == EVFILT_WRITE);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 2);
  CHECK(got[0].ident == got[1].ident && got[0].filter + got[1].filter == EVFILT_READ + EVFILT_WRITE);
}

static void rerun(void) {
  char c;
  CHECK(add(pair[0], EVFILT_READ, EV_CLEAR) == 0);
  CHECK(write(pair[1], "x", 1) == 1 && read(pair[0], &c, 1) == 1);
  CHECK(take() == 0);
}

static void aggregated(void) {
  CHECK(add(pair[0], EVFILT_READ, EV_CLEAR) == 0);
  CHECK(write(pair[1], "x", 1) == 1 && write(pair[1], "yz", 2) == 2);
  CHECK(take() == 1 && got[0].data == 3);
}

static void cleared(void) {
  CHECK(add(pair[0], EVFILT_READ, EV_CLEAR) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 1 && take() == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 1 && got[0].data == 2);
}

static void level(void) {
  CHECK(add(pair[0], EVFILT_READ, 0) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 1 && take() == 1);
}

static void ended(void) {
  CHECK(add(pair[0], EVFILT_READ, EV_CLEAR) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 1 && !(got[0].flags & EV_EOF));
  CHECK(shutdown(pair[1], SHUT_WR) == 0);
  CHECK(take() == 1 && got[0].flags & EV_EOF && got[0].data == 1);
}

static void unread(void) {
  CHECK(add(pair[0], EVFILT_WRITE, EV_CLEAR) == 0);
  CHECK(take() == 1 && !(got[0].flags & EV_EOF) && got[0].data > 1);
  CHECK(close(pair[1]) == 0);
  CHECK(take() == 1 && got[0].flags & EV_EOF);
}

static void last_writer(void) {
  int fds[2];
  CHECK(pipe(fds) == 0);
  CHECK(add(fds[0], EVFILT_READ, EV_CLEAR) == 0 && take() == 0);
  CHECK(write(fds[1], "xy", 2) == 2);
  CHECK(take() == 1 && got[0].data == 2 && !(got[0].flags & EV_EOF));
  CHECK(close(fds[1]) == 0);
  CHECK(take() == 1 && got[0].flags & EV_EOF);
}

static void listening(void) {
  struct sockaddr_in addr = {.sin_family = AF_INET};
  socklen_t len = sizeof addr;
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(listener, (struct sockaddr *)&addr, sizeof addr) == 0 && listen(listener, 1) == 0);
  CHECK(getsockname(listener, (struct sockaddr *)&addr, &len) == 0);
  CHECK(add(listener, EVFILT_READ, EV_CLEAR) == 0 && take() == 0);
  CHECK(connect(client, (struct sockaddr *)&addr, sizeof addr) == 0);
  CHECK(await() == 1 && got[0].ident == (uintptr_t)listener && got[0].data == 1);
}

static void closed(void) {
  int other = dup(pair[0]);
  CHECK(other >= 0 && add(pair[0], EVFILT_READ, 0) == 0);
  CHECK(close(pair[0]) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 0);
}

static void renumbered(void) {
  CHECK(add(pair[0], EVFILT_READ, 0) == 0 && close(pair[0]) == 0);
  CHECK(dup(pair[1]) == pair[0]);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_DELETE, 0, 0) < 0 && errno == ENOENT);
  CHECK(add(pair[0], EVFILT_WRITE, 0) == 0 && take() == 1);
}

static void inherited(void) {
  int status = 1;
  CHECK(add(pair[0], EVFILT_READ, 0) == 0 && write(pair[1], "x", 1) == 1);
  pid_t child = fork();
  if (child == 0) _exit(take() < 0 && errno == EBADF ? 0 : 1);
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(take() == 1);
}

static void receipt(void) {
  struct kevent event;
  CHECK(write(pair[1], "x", 1) == 1 && add(pair[0], EVFILT_READ, 0) == 0);
  EV_SET(&event, (uintptr_t)pair[0], EVFILT_WRITE, EV_ADD | EV_RECEIPT, 0, 0, NULL);
  CHECK(kevent(kq, &event, 1, got, 8, NULL) == 1);
  CHECK(got[0].flags & EV_ERROR && got[0].data == 0 && got[0].filter == EVFILT_WRITE);
  CHECK(take() == 2);
}

static void errors(void) {
  struct kevent events[3];
  EV_SET(&events[0], (uintptr_t)pair[0], EVFILT_WRITE, EV_DELETE, 0, 0, NULL);
  EV_SET(&events[1], 9999, EVFILT_READ, EV_ADD, 0, 0, NULL);
  EV_SET(&events[2], (uintptr_t)pair[0], EVFILT_WRITE, EV_ADD, 0, 0, NULL);
  CHECK(kevent(kq, events, 3, got, 8, NULL) == 2);
  CHECK(got[0].flags & EV_ERROR && got[0].data == ENOENT && got[0].ident == (uintptr_t)pair[0]);
  CHECK(got[1].flags & EV_ERROR && got[1].data == EBADF && got[1].ident == 9999);
  CHECK(take() == 1 && !(got[0].flags & EV_ERROR)); /* what came after them was done */
}

static void no_room(void) {
  CHECK(add(9999, EVFILT_READ, 0) < 0 && errno == EBADF);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_DELETE, 0, 0) < 0 && errno == ENOENT);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_ENABLE, 0, 0) < 0 && errno == ENOENT);
}

static void invalid(void) {
  CHECK(add(pair[0], 1234, 0) < 0 && errno == EINVAL);
  CHECK(kevent(kq, NULL, 0, got, 8, &(struct timespec){-1, 0}) < 0 && errno == EINVAL);
  CHECK(kevent(kq, NULL, 0, got, 8, &(struct timespec){0, SECOND}) < 0 && errno == EINVAL);
}

static void changes_first(void) {
  struct kevent event;
  CHECK(write(pair[1], "x", 1) == 1);
  EV_SET(&event, (uintptr_t)pair[0], EVFILT_READ, EV_ADD, 0, 0, NULL);
  CHECK(kevent(kq, &event, 1, got, 8, NULL) == 1 && got[0].filter == EVFILT_READ && !(got[0].flags & EV_ERROR));
}

static void deleted(void) {
  CHECK(write(pair[1], "x", 1) == 1 && add(pair[0], EVFILT_READ, 0) == 0);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_DELETE, 0, 0) == 0 && take() == 0);
}

static void disabled(void) {
  CHECK(add(pair[0], EVFILT_READ, 0) == 0);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_DISABLE, 0, 0) == 0);
  CHECK(write(pair[1], "x", 1) == 1 && take() == 0);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_ENABLE, 0, 0) == 0 && take() == 1);
}

static void oneshot(void) {
  CHECK(add(pair[0], EVFILT_READ, EV_ONESHOT) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 1 && take() == 0);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_DELETE, 0, 0) < 0 && errno == ENOENT);
}

static void dispatch(void) {
  CHECK(add(pair[0], EVFILT_READ, EV_DISPATCH) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(take() == 1 && take() == 0);
  CHECK(change((uintptr_t)pair[0], EVFILT_READ, EV_ENABLE, 0, 0) == 0 && take() == 1);
}

static void *trigger(void *nothing) {
  change(7, EVFILT_USER, 0, NOTE_TRIGGER | NOTE_FFOR | 5, 0);
  return nothing;
}

static void triggered(void) {
  pthread_t thread;
  CHECK(change(7, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0) == 0 && take() == 0);
  CHECK(pthread_create(&thread, NULL, trigger, NULL) == 0);
  CHECK(kevent(kq, NULL, 0, got, 8, NULL) == 1);
  CHECK(got[0].ident == 7 && got[0].filter == EVFILT_USER && (got[0].fflags & NOTE_FFLAGSMASK) == 5);
  CHECK(pthread_join(thread, NULL) == 0 && take() == 0);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000LL * 1000 * 1000 + t.tv_nsec;
}

static void timed(void) {
  long long began = now();
  CHECK(add(pair[0], EVFILT_READ, 0) == 0);
  CHECK(kevent(kq, NULL, 0, got, 8, &(struct timespec){0, 20000000}) == 0);
  CHECK(now() - began >= 20000000);
}

static void no_events(void) {
  CHECK(add(pair[0], EVFILT_READ, 0) == 0);
  CHECK(kevent(kq, NULL, 0, NULL, 0, NULL) == 0);
}

static void timer(void) {
  long long began = now();
  CHECK(change(3, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 20) == 0 && await() == 1);
  CHECK(now() - began >= 20000000 && got[0].ident == 3 && got[0].data == 1);
  CHECK(take() == 0);
}

static void limited(void) {
  CHECK(add(pair[0], EVFILT_WRITE, 0) == 0 && add(pair[1], EVFILT_WRITE, 0) == 0);
  CHECK(kevent(kq, NULL, 0, got, 1, NULL) == 1);
}

static void polled(void) {
  struct pollfd item = {.fd = kq, .events = POLLIN};
  CHECK(add(pair[0], EVFILT_READ, EV_CLEAR) == 0);
  CHECK(poll(&item, 1, 0) == 0);
  CHECK(write(pair[1], "x", 1) == 1);
  CHECK(poll(&item, 1, 5000) == 1 && take() == 1);
  CHECK(poll(&item, 1, 0) == 0);
}

/* a queue in a queue, and so on: each has an event while the one in it has */
static void nested(void) {
  int queues[4] = {kq};
  CHECK(add(pair[0], EVFILT_READ, EV_CLEAR) == 0);
  for (int i = 1; i < 4; i++) {
    kq = queues[i] = kqueue();
    CHECK(add(queues[i - 1], EVFILT_READ, EV_CLEAR) == 0 && take() == 0);
  }
  CHECK(write(pair[1], "x", 1) == 1);
  for (int i = 3; i > 0; i--) {
    kq = queues[i];
    CHECK(await() == 1 && got[0].ident == (uintptr_t)queues[i - 1] && got[0].filter == EVFILT_READ);
    CHECK(take() == 0);
  }
  kq = queues[1];
  CHECK(add(queues[0], EVFILT_READ, 0) == 0 && take() == 1 && take() == 1);
  CHECK(change((uintptr_t)queues[0], EVFILT_READ, EV_DELETE, 0, 0) == 0 && take() == 0);
  CHECK(add(queues[0], EVFILT_READ, 0) == 0 && take() == 1);
  CHECK(close(queues[0]) == 0 && take() == 0);
}

static void urgent(void) {
#ifdef EVFILT_EXCEPT
  struct sockaddr_in addr = {.sin_family = AF_INET};
  socklen_t len = sizeof addr;
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(bind(listener, (struct sockaddr *)&addr, sizeof addr) == 0 && listen(listener, 1) == 0);
  CHECK(getsockname(listener, (struct sockaddr *)&addr, &len) == 0);
  CHECK(connect(client, (struct sockaddr *)&addr, sizeof addr) == 0);
  int server = accept(listener, NULL, NULL);
  CHECK(change((uintptr_t)server, EVFILT_EXCEPT, EV_ADD | EV_CLEAR, NOTE_OOB, 0) == 0 && take() == 0);
  CHECK(send(client, "!", 1, MSG_OOB) == 1);
  CHECK(await() == 1 && got[0].filter == EVFILT_EXCEPT && got[0].fflags & NOTE_OOB);
#endif
}

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
    {"readded", readded},
    {"preexisting", preexisting},
    {"by_filter", by_filter},
    {"rerun", rerun},
    {"aggregated", aggregated},
    {"cleared", cleared},
    {"level", level},
    {"ended", ended},
    {"unread", unread},
    {"last_writer", last_writer},
    {"listening", listening},
    {"closed", closed},
    {"renumbered", renumbered},
    {"inherited", inherited},
    {"receipt", receipt},
    {"errors", errors},
    {"no_room", no_room},
    {"invalid", invalid},
    {"changes_first", changes_first},
    {"deleted", deleted},
    {"disabled", disabled},
    {"oneshot", oneshot},
    {"dispatch", dispatch},
    {"triggered", triggered},
    {"timed", timed},
    {"no_events", no_events},
    {"timer", timer},
    {"limited", limited},
    {"polled", polled},
    {"nested", nested},
    {"urgent", urgent},
};

int main(int argc, char **argv) {
  kq = kqueue();
  CHECK(kq >= 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++) {
    if (strcmp(argv[1], cases[i].name) != 0) continue;
    cases[i].run();
    return 0;
  }
  puts("there is no such case");
  return 2;
}
