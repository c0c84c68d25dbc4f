/* SPDX-License-Identifier: MIT */
/* SO_TIMESTAMPNS is an option of sockets. */
#include <sys/socket.h>

int main(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  return s < 0 ? 2 : setsockopt(s, SOL_SOCKET, 35, &on, sizeof on) < 0;
}
