/* SPDX-License-Identifier: MIT */
/* The filter of a socket can be read, into room for as many instructions as it has. */
#include <sys/socket.h>

#include <linux/filter.h>

#define COUNT 8

int main(void) {
  struct sock_filter filter[COUNT], got[COUNT];
  struct sock_fprog program = {COUNT, filter};
  socklen_t count = COUNT;
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  for (int i = 0; i < COUNT; i++) filter[i] = (struct sock_filter){BPF_RET | BPF_K, 0, 0, 0xffff};
  if (s < 0 || setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) return 2;
  return getsockopt(s, SOL_SOCKET, SO_GET_FILTER, got, &count) < 0 || count != COUNT;
}
