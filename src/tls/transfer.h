/* SPDX-License-Identifier: MIT */
#ifndef PS_TLS_TRANSFER_H
#define PS_TLS_TRANSFER_H

#include "tls.h"

/* the functions of all connections */
extern const Source ps_tls_source;

#endif
