/* SPDX-License-Identifier: MIT */
/* AF_HYPERV, for HV_PROTOCOL_RAW: {vm_id, service_id}, which are GUIDs as text */
#include <stdio.h>
#include <string.h>

#include "codec.h"

#ifdef PS_HYPERV

#define GUID_FORM "00000000-0000-0000-0000-000000000000"

static const char *const fields[] = {"vm_id", "service_id", NULL};

static int is_guid(const char *text) {
  const char *digits = "0123456789abcdefABCDEF";
  if (strlen(text) != sizeof GUID_FORM - 1) return 0;
  for (int i = 0; text[i] != '\0'; i++)
    if (GUID_FORM[i] == '-' ? text[i] != '-' : strchr(digits, text[i]) == NULL) return 0;
  return 1;
}

/* The number of so many digits at '*text', which is moved behind it and a hyphen. */
static uint32_t take(const char **text, int digits) {
  uint32_t value = 0;
  for (; digits > 0; digits--, (*text)++)
    value = value * 16 + (uint32_t)(**text <= '9' ? **text - '0' : (**text | 0x20) - 'a' + 10);
  if (**text == '-') (*text)++;
  return value;
}

static void check_guid(lua_State *L, int arg, int i, GUID *to) {
  const char *text = ps_address_text(L, arg, &ps_codec_hyperv, i);
  if (!is_guid(text)) ps_arg_error(L, arg, "%s must be a GUID as in " GUID_FORM ", got '%s'", fields[i - 1], text);
  to->Data1 = take(&text, 8);
  to->Data2 = (uint16_t)take(&text, 4);
  to->Data3 = (uint16_t)take(&text, 4);
  for (int k = 0; k < 8; k++) to->Data4[k] = (uint8_t)take(&text, 2);
}

static void push_guid(lua_State *L, const GUID *from) {
  const uint8_t *b = from->Data4;
  char text[sizeof GUID_FORM];
  snprintf(text, sizeof text, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)from->Data1, from->Data2,
           from->Data3, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
  lua_pushstring(L, text);
}

static int hyperv_check(lua_State *L, int arg, int proto, Address *a) {
  SOCKADDR_HV *hv = (SOCKADDR_HV *)&a->any;
  if (proto != HV_PROTOCOL_RAW)
    return ps_address_error(L, lua_pushfstring(L, "unsupported AF_HYPERV protocol: %d", proto));
  ps_address_table(L, arg, &ps_codec_hyperv, 2, 2);
  check_guid(L, arg, 1, &hv->VmId);
  check_guid(L, arg, 2, &hv->ServiceId);
  return 1;
}

static int hyperv_push(lua_State *L, const Address *a, int proto) {
  (void)proto;
  SOCKADDR_HV hv;
  ps_address_copy(a, &hv, sizeof hv);
  push_guid(L, &hv.VmId);
  push_guid(L, &hv.ServiceId);
  return 2;
}

const Codec ps_codec_hyperv = {AF_HYPERV, PS_ANY_PROTO, "AF_HYPERV", sizeof(SOCKADDR_HV),
                               fields,    hyperv_check, hyperv_push};

#endif
