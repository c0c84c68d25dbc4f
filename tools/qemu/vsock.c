/* SPDX-License-Identifier: MIT */
/* AF_VSOCK has options of its own. */
#include <stdint.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

int main(void) {
  int s = socket(AF_VSOCK, SOCK_STREAM, 0);
  uint64_t size = 1 << 20;
  return s < 0 ? 2 : setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &size, sizeof size) < 0;
}
