/* SPDX-License-Identifier: MIT */
/* UDP-Lite has options of its own. */
#include <netinet/in.h>
#include <sys/socket.h>

#define LEVEL 136
#define SEND_CHECKSUM_COVERAGE 10

int main(void) {
  int s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE), covered = 8;
  if (s < 0) return 2;
  return setsockopt(s, LEVEL, SEND_CHECKSUM_COVERAGE, &covered, sizeof covered) < 0;
}
