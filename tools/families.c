/* SPDX-License-Identifier: MIT */
/* For User-Mode Linux on processors whose registers outgrew it (AMX): it keeps the beginning of what a process has, and Linux
   takes them back only whole. Preloaded into it, this adds the rest as it is. */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long Ptrace(enum __ptrace_request, pid_t, void *, void *);

long ptrace(enum __ptrace_request request, ...) {
  static Ptrace *next;
  static char registers[1 << 16]; /* not on the stack: its stacks are small */
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  void *what = va_arg(arguments, void *), *data = va_arg(arguments, void *);
  va_end(arguments);
  if (next == NULL) next = (Ptrace *)(uintptr_t)dlsym(RTLD_NEXT, "ptrace");

  struct iovec whole = {registers, sizeof registers};
  const struct iovec *part = data;
  int registers_are_set = request == PTRACE_SETREGSET && (uintptr_t)what == NT_X86_XSTATE;
  if (registers_are_set && next(PTRACE_GETREGSET, pid, what, &whole) == 0 && part->iov_len < whole.iov_len) {
    memcpy(registers, part->iov_base, part->iov_len);
    data = &whole;
  }
  return next(request, pid, what, data);
}
