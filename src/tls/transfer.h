/* SPDX-License-Identifier: MIT */
#ifndef PS_TLS_TRANSFER_H
#define PS_TLS_TRANSFER_H

#include "tls.h"

/* the functions of every connection's source */
extern const Source ps_tls_source;

#endif
