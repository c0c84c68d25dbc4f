/* SPDX-License-Identifier: MIT */
/*
** The other end of every workload, the same for all contenders. It starts the contender as 'COMMAND PORT COUNT SIZE', plays its
** role in a process of its own, and prints what the contender took: wall time, processor time, and the most memory it had,
** or how much it has while its connections are idle: then it is ended.
**
**     peer ROLE COUNT SIZE COMMAND...
**     peer call
*/
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef TLS
#include "tls.h"
#endif

#define PIECE 65536
#define REQUEST 64
#define LINE "a line of thirty-nine letters and a fee"
#define COMMAND "*3\r\n$3\r\nSET\r\n$8\r\nuser:123\r\n$10\r\nsome value\r\n"
#define GET                                                                           \
  "GET /index.html HTTP/1.1\r\nHost: localhost\r\nUser-Agent: wrk\r\nAccept: */*\r\n" \
  "Accept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello!"
#define LIMIT 120 /* seconds: nothing may run longer */
#define EVENTS 512

typedef struct Job {
  int fd; /* a listening socket, a bound UDP one, or a reserved port that the contender listens on */
  int port;
  long count; /* operations */
  long size;  /* connections */
} Job;

static char piece[PIECE];

static void die(const char *what) {
  perror(what);
  _exit(1);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* {== Small things ==} */

static void send_all(int fd, const char *data, size_t len) {
  while (len > 0) {
    ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) _exit(0); /* it has had enough */
    if (n < 0) die("peer: send");
    data += n;
    len -= (size_t)n;
  }
}

static int accept_one(const Job *job) {
  int on = 1, fd = accept(job->fd, NULL, NULL);
  if (fd < 0) die("peer: accept");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

static struct sockaddr_in local(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

/* connects to the contender, which may not be there yet */
static int connect_one(const Job *job) {
  struct sockaddr_in a = local(job->port);
  int on = 1;
  for (;;) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) die("peer: socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0) return fd;
    if (errno != ECONNREFUSED) die("peer: connect");
    close(fd);
    poll(NULL, 0, 1);
  }
}

/* {== Roles ==} */

/* sends back what it gets */
static void echo(const Job *job) {
  int fd = accept_one(job);
  ssize_t n;
  while ((n = recv(fd, piece, sizeof piece, 0)) > 0) send_all(fd, piece, (size_t)n);
}

/* the same on another processor than the contender, if there is one */
static void echo_apart(const Job *job) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  sched_setaffinity(0, sizeof set, &set);
  echo(job);
}

static void echo_datagrams(const Job *job) {
  struct sockaddr_in a;
  for (;;) {
    socklen_t len = sizeof a;
    ssize_t n = recvfrom(job->fd, piece, sizeof piece, 0, (struct sockaddr *)&a, &len);
    if (n >= 0) sendto(job->fd, piece, (size_t)n, 0, (struct sockaddr *)&a, len);
  }
}

static void source(const Job *job) {
  int fd = accept_one(job);
  for (long i = 0; i < job->count; i++) send_all(fd, piece, sizeof piece);
}

/* sends through the contender, which is to pass it on to the same port of the next address; ends a contender that does not end */
static void both_ends(const Job *job) {
  struct sockaddr_in a = local(job->port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(listener, 1) < 0) die("peer: listen");
  int from = connect_one(job), to = accept(listener, NULL, NULL);
  pid_t sender = fork();
  if (sender == 0) {
    for (long i = 0; i < job->count; i++) send_all(from, piece, sizeof piece);
    shutdown(from, SHUT_WR);
    _exit(0);
  }
  while (recv(to, piece, sizeof piece, 0) > 0) continue;
  shutdown(to, SHUT_WR);
  while (recv(from, piece, sizeof piece, 0) > 0) continue;
  kill(getppid(), SIGUSR1);
}

static void sink(const Job *job) {
  int fd = accept_one(job);
  while (recv(fd, piece, sizeof piece, 0) > 0) continue;
}

/* sends the same text 'count' times, many at once */
static void repeat(const Job *job, const char *text) {
  size_t len = strlen(text);
  long most = (long)(sizeof piece / len);
  for (long i = 0; i < most; i++) memcpy(piece + (size_t)i * len, text, len);
  int fd = accept_one(job);
  for (long left = job->count; left > 0; left -= most) send_all(fd, piece, len * (size_t)(left < most ? left : most));
}

static void send_lines(const Job *job) { repeat(job, LINE "\n"); }
static void send_commands(const Job *job) { repeat(job, COMMAND); }

/* accepts one connection and says nothing */
static void silent(const Job *job) {
  accept_one(job);
  for (;;) pause();
}

/* accepts all that come, and keeps or closes them */
static void accept_and_keep(const Job *job) {
  for (;;) accept_one(job);
}

static void accept_and_close(const Job *job) {
  for (;;) close(accept_one(job));
}

static void connect_and_close(const Job *job) {
  for (long i = 0; i < job->count; i++) {
    int fd = connect_one(job);
    while (recv(fd, piece, sizeof piece, 0) > 0) continue;
    close(fd);
  }
}

/* what clients ask, and how long the answer is */
typedef struct Question {
  const char *text;
  size_t length, answer;
} Question;

static void ask(int fd, const Question *q) { send_all(fd, q->text, q->length); }

static void hear(int fd, const Question *q) {
  if (recv(fd, piece, q->answer, MSG_WAITALL) != (ssize_t)q->answer) die("peer: recv");
}

/* 'size' connections that have each asked once, so that all of them are set up */
static int *connect_all(const Job *job, const Question *q) {
  int *fds = calloc((size_t)job->size, sizeof *fds);
  for (long i = 0; i < job->size; i++) fds[i] = connect_one(job);
  for (long i = 0; i < job->size; i++) ask(fds[i], q);
  for (long i = 0; i < job->size; i++) hear(fds[i], q);
  return fds;
}

/* connections of which 'busy' have a request under way at any time until there were 'count' */
static void drive(const Job *job, long busy, const Question *q) {
  int poller = epoll_create1(0), *fds = connect_all(job, q);
  struct epoll_event events[EVENTS];
  for (long i = 0; i < job->size; i++) {
    events[0] = (struct epoll_event){.events = EPOLLIN, .data.fd = fds[i]};
    epoll_ctl(poller, EPOLL_CTL_ADD, fds[i], &events[0]);
  }
  long sent = 0, answered = 0;
  for (; sent < busy && sent < job->count; sent++) ask(fds[sent * (job->size / busy)], q);
  while (answered < job->count) {
    int n = epoll_wait(poller, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      hear(events[i].data.fd, q);
      answered++;
      if (sent < job->count) {
        ask(events[i].data.fd, q);
        sent++;
      }
    }
  }
  for (long i = 0; i < job->size; i++) close(fds[i]);
  free(fds);
}

static const Question bytes = {piece, REQUEST, REQUEST}, get = {GET, sizeof GET - 1, sizeof OK - 1};

static void clients(const Job *job) { drive(job, job->size, &bytes); }
static void few_clients(const Job *job) { drive(job, 10, &bytes); }
static void browsers(const Job *job) { drive(job, job->size, &get); }

/* connections that are idle from then on, of which it tells its parent */
static void idle_clients(const Job *job) {
  connect_all(job, &bytes);
  kill(getppid(), SIGUSR1);
  for (;;) pause();
}

#ifdef TLS
/* {== The same over TLS ==} */

/* A client may close before the server has sent its tickets: that fails here, and is nothing to complain of. */
static SSL *tls_accept(SSL_CTX *ctx, int fd) {
  SSL *ssl = SSL_new(ctx);
  SSL_set_fd(ssl, fd);
  SSL_accept(ssl);
  return ssl;
}

static SSL *tls_accept_one(const Job *job) { return tls_accept(tls_server_context(), accept_one(job)); }

static void tls_accept_and_close(const Job *job) {
  SSL_CTX *ctx = tls_server_context();
  for (;;) {
    int fd = accept_one(job);
    SSL *ssl = tls_accept(ctx, fd);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
  }
}

static void tls_echo(const Job *job) {
  SSL *ssl = tls_accept_one(job);
  int n;
  while ((n = SSL_read(ssl, piece, sizeof piece)) > 0) SSL_write(ssl, piece, n);
}

static void tls_source(const Job *job) {
  SSL *ssl = tls_accept_one(job);
  for (long i = 0; i < job->count; i++)
    if (SSL_write(ssl, piece, sizeof piece) <= 0) return; /* it has had enough */
}

static void tls_lines(const Job *job) {
  SSL *ssl = tls_accept_one(job);
  int len = (int)sizeof LINE;
  long most = (long)sizeof piece / len;
  for (long i = 0; i < most; i++) memcpy(piece + i * len, LINE "\n", (size_t)len);
  for (long left = job->count; left > 0; left -= most)
    if (SSL_write(ssl, piece, (int)(left < most ? left : most) * len) <= 0) return;
}
#endif

enum { LISTENS, DATAGRAMS, CONNECTS, NOTHING };

static const struct Role {
  const char *name;
  int kind;
  void (*play)(const Job *job);
} roles[] = {
    {"echo", LISTENS, echo},
    {"echo_apart", LISTENS, echo_apart},
    {"echo_datagrams", DATAGRAMS, echo_datagrams},
    {"source", LISTENS, source},
    {"sink", LISTENS, sink},
    {"lines", LISTENS, send_lines},
    {"commands", LISTENS, send_commands},
    {"silent", LISTENS, silent},
    {"keep", LISTENS, accept_and_keep},
    {"acceptor", LISTENS, accept_and_close},
    {"connector", CONNECTS, connect_and_close},
    {"both_ends", CONNECTS, both_ends},
    {"clients", CONNECTS, clients},
    {"few_clients", CONNECTS, few_clients},
    {"browsers", CONNECTS, browsers},
    {"idle_clients", CONNECTS, idle_clients},
#ifdef TLS
    {"tls_acceptor", LISTENS, tls_accept_and_close},
    {"tls_echo", LISTENS, tls_echo},
    {"tls_source", LISTENS, tls_source},
    {"tls_lines", LISTENS, tls_lines},
#endif
    {"nobody", NOTHING, NULL}, /* the contender is started 'size' times */
    {NULL, NOTHING, NULL},
};

/* {== Running ==} */

static void open_port(const struct Role *role, Job *job) {
  struct sockaddr_in a = local(0);
  socklen_t len = sizeof a;
  int on = 1;
  job->fd = socket(AF_INET, (role->kind == DATAGRAMS ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  /* where the contender listens, this one keeps the port for it: both have SO_REUSEADDR */
  setsockopt(job->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(job->fd, (struct sockaddr *)&a, sizeof a) < 0) die("peer: bind");
  if (role->kind == LISTENS && listen(job->fd, 4096) < 0) die("peer: listen");
  getsockname(job->fd, (struct sockaddr *)&a, &len);
  job->port = ntohs(a.sin_port);
}

/* Both on one processor: to wake another one costs more than all that is measured, above all in a virtual machine. */
static void settle(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((int)sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
  sched_setaffinity(0, sizeof set, &set);
}

static pid_t start_role(const struct Role *role, const Job *job) {
  if (role->play == NULL) return -1;
  pid_t pid = fork();
  if (pid != 0) return pid;
  settle();
  alarm(LIMIT);
  role->play(job);
  _exit(0);
}

static pid_t start_contender(const Job *job, char **command, int words) {
  char port[16], count[32], size[32];
  char *arguments[words + 4];
  pid_t pid = fork();
  if (pid != 0) return pid;
  settle();
  snprintf(port, sizeof port, "%d", job->port);
  snprintf(count, sizeof count, "%ld", job->count);
  snprintf(size, sizeof size, "%ld", job->size);
  memcpy(arguments, command, (size_t)words * sizeof *command);
  arguments[words] = port;
  arguments[words + 1] = count;
  arguments[words + 2] = size;
  arguments[words + 3] = NULL;
  alarm(LIMIT);
  execvp(command[0], arguments);
  die(command[0]);
  return -1;
}

/* SIGUSR1 has interrupted a wait: the signal's handler has nothing else to do */
static void interrupt(int number) { (void)number; }

/* in KiB */
static long memory_of(pid_t pid) {
  char path[64], line[256];
  long memory = 0;
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  FILE *file = fopen(path, "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) sscanf(line, "VmRSS: %ld", &memory);
  if (file != NULL) fclose(file);
  return memory;
}

/* its exit status; what memory it had while it was idle becomes 'memory', if it was told that it is */
static int wait_for(pid_t contender, long *memory) {
  int status = 0;
  while (wait4(contender, &status, 0, NULL) < 0) {
    if (errno != EINTR) die("peer: wait");
    *memory = memory_of(contender);
    kill(contender, SIGKILL);
  }
  return *memory > 0 ? 0 : status;
}

/* the processor time of a system call that does nothing, in ns */
static double bare_call(void) {
  clock_t start = clock();
  for (int i = 0; i < 1000000; i++) syscall(SYS_getppid);
  return (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC;
}

int main(int argc, char **argv) {
  const struct Role *role = roles;
  if (argc == 2 && strcmp(argv[1], "call") == 0) return printf("%.0f\n", bare_call()) < 0;
  if (argc < 5) return 2;
  while (role->name != NULL && strcmp(role->name, argv[1]) != 0) role++;
  if (role->name == NULL) return 2;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  Job job = {.count = atol(argv[2]), .size = atol(argv[3])};
  memset(piece, 1, sizeof piece);
  open_port(role, &job);
  sigaction(SIGUSR1, &(struct sigaction){.sa_handler = interrupt}, NULL);
  pid_t other = start_role(role, &job);
  long times = role->kind == NOTHING ? job.size : 1;
  struct rusage used = {0};
  int failed = 0;
  long memory = 0;
  double start = seconds();
  for (long i = 0; i < times; i++) {
    pid_t contender = start_contender(&job, argv + 4, argc - 4);
    failed |= wait_for(contender, &memory);
  }
  double wall = seconds() - start;
  getrusage(RUSAGE_CHILDREN, &used);
  double cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  printf("%.6f %.6f %ld\n", wall, cpu, memory > 0 ? memory : used.ru_maxrss);
  if (other > 0) {
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
  }
  return failed != 0;
}
