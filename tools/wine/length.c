/* SPDX-License-Identifier: MIT */
/* An option that is read says how long its value is, also where there was more room. */
#include "pair.h"

int main(void) {
  char value[64];
  int len = sizeof value;
  if (connect_ends() != 0) return 2;
  if (getsockopt(ends[0], SOL_SOCKET, SO_TYPE, value, &len) != 0) return 2;
  return len == sizeof(int) ? 0 : 1;
}
