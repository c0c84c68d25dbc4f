/* SPDX-License-Identifier: MIT */
/*
** A program of another processor as one of this: runs the file in PROGRAMS that has its own path for a name, with % for /, under
** QEMU. The program sees the name by which it was called. Linked statically, so that LD_PRELOAD and LD_LIBRARY_PATH are for that
** program alone.
*/
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char self[PATH_MAX], program[2 * PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  char **words = malloc(((size_t)argc + 6) * sizeof *words);
  if (length < 0 || words == NULL) return 127;
  self[length] = '\0';
  for (char *at = self; (at = strchr(at, '/')) != NULL;) *at = '%';
  snprintf(program, sizeof program, "%s/%s", PROGRAMS, self);
  char *start[] = {QEMU, "-L", SYSROOT, "-0", argv[0], program};
  memcpy(words, start, sizeof start);
  memcpy(words + 6, argv + 1, (size_t)argc * sizeof *words);
  execv(QEMU, words);
  fprintf(stderr, "%s: %s\n", QEMU, strerror(errno));
  return 127;
}
