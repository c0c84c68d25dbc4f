/* SPDX-License-Identifier: MIT */
#include "../plain.h"

int main(int argc, char **argv) {
  (void)argc;
  arguments(argv);
  for (long i = 0; i < count; i++) close(connected(SOCK_STREAM));
  return 0;
}
