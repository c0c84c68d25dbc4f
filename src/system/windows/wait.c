/* SPDX-License-Identifier: MIT */
/*
** Waiting for sockets: by AFD, their driver, as select() and WSAPoll do it, of which the one has a limit of 64 sockets, and the
** other does not tell of a refused connection before Windows 10 2004. Ctrl-C ends a wait.
*/
#include <stdlib.h>
#include <winternl.h>

#include "shared.h"

#define IOCTL_AFD_POLL 0x00012024
#define AFD_NAME L"\\Device\\Afd\\pysocket"

NTSTATUS NTAPI NtCancelIoFileEx(HANDLE file, IO_STATUS_BLOCK *request, IO_STATUS_BLOCK *status);

/* So long after Ctrl-C each wait ends at once: the signal handler of the C library runs in a thread of its own, behind ours. */
#define INTERRUPTED_MS 200
#define PAUSE_MS 10

static SRWLOCK lock = SRWLOCK_INIT; /* of these, which are the process's */
static sys_Sleeper *sleepers;
static ULONGLONG interrupted_until;

static BOOL WINAPI wake_all(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
  AcquireSRWLockExclusive(&lock);
  interrupted_until = GetTickCount64() + INTERRUPTED_MS;
  for (sys_Sleeper *s = sleepers; s != NULL; s = s->next) {
    if (s->is_port) PostQueuedCompletionStatus(s->handle, 0, 0, NULL);
    else SetEvent(s->handle);
  }
  ReleaseSRWLockExclusive(&lock);
  return FALSE; /* others are to hear of it, too */
}

static BOOL CALLBACK install(INIT_ONCE *once, void *parameter, void **context) {
  (void)once, (void)parameter, (void)context;
  sys_pin_code();
  SetConsoleCtrlHandler(wake_all, TRUE);
  return TRUE;
}

static int is_interrupted(void) {
  AcquireSRWLockShared(&lock);
  int is = interrupted_until > GetTickCount64();
  ReleaseSRWLockShared(&lock);
  if (!is) return 0;
  Sleep(PAUSE_MS);
  errno = EINTR;
  return -1;
}

int sys_sleep_begin(sys_Sleeper *sleeper) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  InitOnceExecuteOnce(&once, install, NULL, NULL);
  AcquireSRWLockExclusive(&lock);
  sleeper->next = sleepers;
  sleeper->place = &sleepers;
  if (sleepers != NULL) sleepers->place = &sleeper->next;
  sleepers = sleeper;
  ReleaseSRWLockExclusive(&lock);
  return is_interrupted() < 0 ? sys_sleep_end(sleeper) : 0;
}

int sys_sleep_end(sys_Sleeper *sleeper) {
  AcquireSRWLockExclusive(&lock);
  *sleeper->place = sleeper->next;
  if (sleeper->next != NULL) sleeper->next->place = sleeper->place;
  ReleaseSRWLockExclusive(&lock);
  return is_interrupted();
}

DWORD sys_milliseconds(int64_t ns) {
  if (ns < 0) return INFINITE;
  int64_t ms = ns / 1000000 + (ns % 1000000 != 0);
  return ms >= INFINITE ? INFINITE - 1 : (DWORD)ms;
}

HANDLE sys_afd_open(void) {
  static wchar_t name[] = AFD_NAME;
  UNICODE_STRING path = {.Length = sizeof name - sizeof *name, .MaximumLength = sizeof name, .Buffer = name};
  OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &path};
  IO_STATUS_BLOCK status;
  HANDLE device;
  NTSTATUS code = NtCreateFile(&device, SYNCHRONIZE, &attributes, &status, NULL, 0, FILE_SHARE_READ | FILE_SHARE_WRITE,
                               FILE_OPEN, 0, NULL, 0);
  if (code == 0) return device;
  errno = sys_errno_of(RtlNtStatusToDosError(code));
  return NULL;
}

LONG sys_afd_ask(HANDLE device, HANDLE event, void *context, void *status, sys_AfdPoll *poll, size_t size) {
  IO_STATUS_BLOCK *block = status;
  block->Status = STATUS_PENDING;
  return NtDeviceIoControlFile(device, event, NULL, context, block, IOCTL_AFD_POLL, poll, (ULONG)size, poll,
                               (ULONG)size);
}

void sys_afd_cancel(HANDLE device, void *status) {
  IO_STATUS_BLOCK answer;
  NtCancelIoFileEx(device, status, &answer);
}

int sys_afd_errno(LONG status) { return sys_errno_of(RtlNtStatusToDosError(status)); }

HANDLE sys_afd_socket(sys_fd fd) {
  SOCKET base = INVALID_SOCKET;
  DWORD size;
  if (WSAIoctl((SOCKET)fd, SIO_BASE_HANDLE, NULL, 0, &base, sizeof base, &size, NULL, NULL) == 0) return (HANDLE)base;
  if (WSAGetLastError() != WSAENOTSOCK) return (HANDLE)fd; /* it is below all others itself */
  sys_fail_with(fd);
  return NULL;
}

static ULONG to_system(int events) {
  ULONG bits = AFD_ABORT | AFD_CLOSED | AFD_REFUSED;
  if (events & POLLIN) bits |= AFD_READ | AFD_ACCEPT | AFD_DISCONNECT;
  if (events & POLLOUT) bits |= AFD_WRITE;
  if (events & POLLPRI) bits |= AFD_URGENT;
  return bits;
}

/* As poll(2) tells them. */
static short from_system(ULONG bits, int events) {
  int found = 0;
  if (bits & (AFD_READ | AFD_ACCEPT | AFD_DISCONNECT)) found |= POLLIN;
  if (bits & AFD_WRITE) found |= POLLOUT;
  if (bits & AFD_URGENT) found |= POLLPRI;
  if (bits & (AFD_ABORT | AFD_REFUSED)) found |= (events & (POLLIN | POLLOUT)) | POLLERR | POLLHUP;
  if (bits & AFD_CLOSED) found |= POLLNVAL;
  return (short)found;
}

static BOOL CALLBACK open_device(INIT_ONCE *once, void *parameter, void **context) {
  (void)once, (void)parameter;
  *context = sys_afd_open();
  return *context != NULL;
}

/* The device through which every call of 'sys_poll' asks; NULL and errno. */
static HANDLE shared_device(void) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  void *device = NULL;
  InitOnceExecuteOnce(&once, open_device, NULL, &device);
  return device;
}

/* Waits for the request's end: 1; 0 where time is up; -1 and EINTR. */
static int wait_for(HANDLE event, HANDLE wake, int64_t ns) {
  HANDLE handles[] = {wake, event};
  DWORD found = WaitForMultipleObjects(event != NULL ? 2 : 1, handles, FALSE, sys_milliseconds(ns));
  if (found == WAIT_OBJECT_0 + 1) return 1;
  if (found != WAIT_OBJECT_0) return 0;
  errno = EINTR;
  return -1;
}

/* The same where Ctrl-C may end it. */
static int sleep_for(HANDLE event, int64_t ns) {
  sys_Sleeper sleeper = {.handle = CreateEventW(NULL, TRUE, FALSE, NULL)};
  if (sleeper.handle == NULL) return sys_fail();
  int n = sys_sleep_begin(&sleeper);
  if (n == 0) {
    n = wait_for(event, sleeper.handle, ns);
    if (sys_sleep_end(&sleeper) < 0 && n == 0) n = -1;
  }
  int code = errno;
  CloseHandle(sleeper.handle);
  errno = code;
  return n;
}

/* The request, of so many handles, until it has ended: 1, 0 or -1 as before. */
static int ask(HANDLE device, sys_AfdPoll *poll, size_t size, int64_t ns) {
  IO_STATUS_BLOCK status;
  HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
  if (event == NULL) return sys_fail();
  poll->timeout.QuadPart = ns == 0 ? 0 : INT64_MAX;
  LONG code = sys_afd_ask(device, event, NULL, &status, poll, size);
  int n = 1;
  if (code == STATUS_PENDING) {
    n = ns == 0 ? 0 : sleep_for(event, ns);
    int failure = errno;
    if (n != 1) sys_afd_cancel(device, &status);
    WaitForSingleObject(event, INFINITE); /* the memory is the system's until then */
    errno = failure;
    code = status.Status;
    if (n != 1 && code == 0 && poll->count > 0) n = 1;
  }
  CloseHandle(event);
  if (n != 1 || code == 0) return n;
  if (code == STATUS_TIMEOUT) return 0;
  errno = sys_afd_errno(code);
  return -1;
}

static int is_socket(sys_fd fd) {
  int type, len = sizeof type;
  return getsockopt((SOCKET)fd, SOL_SOCKET, SO_TYPE, (char *)&type, &len) == 0;
}

/* Fills in the sockets to ask for; those that are none are told at once, and counted. Wine does not tell of these by itself, so that
   each is looked at where AFD has refused one. */
static int fill(sys_AfdPoll *poll, sys_Poll *fds, size_t count, int refused) {
  int bad = 0;
  poll->count = poll->exclusive = 0;
  for (size_t i = 0; i < count; i++) {
    fds[i].revents = 0;
    if (fds[i].fd < 0) continue;
    HANDLE base = refused && !is_socket(fds[i].fd) ? NULL : sys_afd_socket(fds[i].fd);
    if (base == NULL) {
      fds[i].revents = POLLNVAL;
      bad++;
    } else poll->handles[poll->count++] = (struct sys_AfdHandle){.handle = base, .events = to_system(fds[i].events)};
  }
  return bad;
}

/* The answer has the sockets that are ready alone, in the order in which they were asked for, or all of them. */
static int take(const sys_AfdPoll *poll, sys_Poll *fds, size_t count) {
  int found = 0;
  for (size_t i = 0; i < count; i++) {
    if (fds[i].fd < 0 || fds[i].revents != 0) continue;
    HANDLE base = sys_afd_socket(fds[i].fd);
    for (ULONG k = 0; k < poll->count; k++)
      if (poll->handles[k].handle == base)
        fds[i].revents |= from_system(poll->handles[k].events & to_system(fds[i].events), fds[i].events);
    found += fds[i].revents != 0;
  }
  return found;
}

#define SMALL 16

int sys_poll(sys_Poll *fds, size_t count, int64_t ns) {
  struct {
    sys_AfdPoll poll;
    struct sys_AfdHandle more[SMALL - 1];
  } small;
  size_t size = sizeof small.poll + (count > 1 ? count - 1 : 0) * sizeof(struct sys_AfdHandle);
  sys_AfdPoll *poll = count <= SMALL ? &small.poll : malloc(size);
  HANDLE device = shared_device();
  if (poll == NULL) errno = ENOMEM;
  if (poll == NULL || device == NULL) return -1;
  int bad = 0, n = 0;
  for (int refused = 0; refused < 2; refused++) {
    bad = fill(poll, fds, count, refused);
    if (bad > 0) ns = 0;
    if (poll->count == 0) n = ns != 0 ? sleep_for(NULL, ns) : 0;
    else {
      n = ask(device, poll, sizeof *poll + (poll->count - 1) * sizeof(struct sys_AfdHandle), ns);
      if (n == 1) n = take(poll, fds, count);
    }
    if (n >= 0 || (errno != EBADF && errno != ENOTSOCK)) break;
  }
  if (poll != &small.poll) free(poll);
  return n < 0 && bad == 0 ? n : bad + (n > 0 ? n : 0);
}

int sys_wait(sys_fd fd, int events, int64_t ns) {
  sys_Poll p = {.fd = fd};
  if (events & SYS_READ) p.events |= POLLIN;
  if (events & SYS_WRITE) p.events |= POLLOUT;
  return sys_poll(&p, 1, ns);
}
