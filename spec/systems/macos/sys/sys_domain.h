/* SPDX-License-Identifier: MIT */
/* The protocols of macOS' family AF_SYSTEM. */
#ifndef SYS_SYS_DOMAIN_H
#define SYS_SYS_DOMAIN_H

#define SYSPROTO_EVENT 1
#define SYSPROTO_CONTROL 2
#define AF_SYS_CONTROL 2

#endif
