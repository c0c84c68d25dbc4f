/* SPDX-License-Identifier: MIT */
/* Numbers, which are read as Lua's files do for the format "n": the longest text that may become a numeral. */
#include <ctype.h>
#include <locale.h>
#include <string.h>

#include "stream.h"

#define LONGEST 200 /* bytes; Lua's own limit */

/* 'next' is the first byte that has not been read. If it is the end, the result is not known yet. */
typedef struct Scan {
  const char *text, *next, *end;
} Scan;

/* Skips the next byte if it is in the set. */
static int test(Scan *s, const char *set) {
  if (s->next == s->end || *s->next == '\0' || strchr(set, *s->next) == NULL) return 0;
  s->next++;
  return 1;
}

static int digits(Scan *s, int hexadecimal) {
  int count = 0;
  for (; s->next < s->end && (hexadecimal ? isxdigit : isdigit)((unsigned char)*s->next); count++) s->next++;
  return count;
}

static void scan(Scan *s) {
  const char point[] = {localeconv()->decimal_point[0], '.', '\0'};
  int count = 0, hexadecimal = 0;
  test(s, "-+");
  if (test(s, "0")) {
    if (test(s, "xX")) hexadecimal = 1;
    else count = 1;
  }
  count += digits(s, hexadecimal);
  if (test(s, point)) count += digits(s, hexadecimal);
  if (count > 0 && test(s, hexadecimal ? "pP" : "eE")) {
    test(s, "-+");
    digits(s, 0);
  }
}

int ps_numeral_find(const char *text, size_t length, int final, Numeral *numeral) {
  size_t start = 0;
  while (start < length && isspace((unsigned char)text[start])) start++;
  int cut = length - start > LONGEST; /* a longer numeral is no number */
  Scan s = {.text = text + start, .next = text + start, .end = cut ? text + start + LONGEST : text + length};
  scan(&s);
  *numeral = (Numeral){.start = start, .length = (size_t)(s.next - s.text), .is_number = 1};
  if (s.next < s.end) return 1;
  if (!cut) return final;
  Scan on = {.text = s.text, .next = s.text, .end = s.end + 1};
  scan(&on);
  numeral->is_number = on.next < on.end;
  return 1;
}

int ps_numeral_push(lua_State *L, const char *text, const Numeral *numeral) {
  char copy[LONGEST + 1];
  memcpy(copy, text + numeral->start, numeral->length);
  copy[numeral->length] = '\0';
  if (numeral->is_number && lua_stringtonumber(L, copy) != 0) return 1;
  lua_pushnil(L);
  return 0;
}
