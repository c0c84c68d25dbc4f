/* SPDX-License-Identifier: MIT */
/* A system with one kernel control. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

int sys_control_find(const char *name, uint32_t *id);

int sys_control_find(const char *name, uint32_t *id) {
  *id = 7;
  if (strcmp(name, "com.apple.net.utun_control") == 0) return 0;
  errno = ENOENT;
  return -1;
}
