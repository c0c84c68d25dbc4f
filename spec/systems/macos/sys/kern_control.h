/* SPDX-License-Identifier: MIT */
/* What programs need of macOS' kernel controls. */
#ifndef SYS_KERN_CONTROL_H
#define SYS_KERN_CONTROL_H

#include <stdint.h>
#include <sys/ioctl.h>

struct ctl_info {
  uint32_t ctl_id;
  char ctl_name[96];
};

#define CTLIOCGINFO _IOWR('N', 3, struct ctl_info)

struct sockaddr_ctl {
  unsigned char sc_len, sc_family;
  uint16_t ss_sysaddr; /* AF_SYS_CONTROL */
  uint32_t sc_id, sc_unit, sc_reserved[5];
};

#endif
