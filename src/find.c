/* SPDX-License-Identifier: MIT */
/* The searches of reads: for lines, numbers of bytes and numerals. After a wait, a search goes on where it has stopped.
   */
#include "find.h"

static int wait_for(Stream *f, size_t wanted, int counted) {
  f->wanted = wanted;
  f->counted = counted;
  return 0;
}

static int give(Found *found, size_t start, size_t length, size_t next) {
  *found = (Found){.start = start, .length = length, .next = next, .kind = 's'};
  return 1;
}

static int give_nothing(Found *found, size_t start) {
  *found = (Found){.start = start, .next = start, .kind = '0'};
  return 1;
}

static void check_limit(lua_State *L, const Stream *f, size_t length) {
  if (length <= f->limit) return;
  ps_error_push_class(L, "LimitOverrunError", "read", "a line is longer than the limit of %I bytes",
                      (lua_Integer)f->limit);
  lua_error(L);
}

/* The number of bytes from that index on that were searched for the delimiter before. NULL: for the end of a line. */
static size_t searched(const Stream *f, size_t index, const char *delimiter, size_t width) {
  if (f->marks[PS_MARK_LINE] != ps_place(f->in, index) || f->sought_width != width) return 0;
  if (width > sizeof f->sought || (width > 0 && memcmp(f->sought, delimiter, width) != 0)) return 0;
  return ps_index(f->in, f->marks[PS_MARK_SEARCHED]) - index;
}

static void set_searched(Stream *f, size_t index, size_t count, const char *delimiter, size_t width) {
  int fits = width <= sizeof f->sought; /* the search for a longer delimiter starts again each time */
  if (fits && width > 0) memcpy(f->sought, delimiter, width);
  f->sought_width = width;
  f->marks[PS_MARK_LINE] = ps_place(f->in, index);
  f->marks[PS_MARK_SEARCHED] = ps_place(f->in, index + (fits ? count : 0));
}

/* Finds the line at that index. Of an incomplete line, 'length' is that of the bytes so far, and 'width' that of the
   part that may belong to the line's end. */
static int search_line(Stream *f, size_t index, size_t end, Rest rest, TextLine *line) {
  const char *text = f->in->block.data + index;
  size_t length = end - index;
  if (ps_line_find(text, length, searched(f, index, NULL, 0), f->newline, rest == END, line)) return 1;
  int open = f->newline != NEWLINE_LF && text[length - 1] == '\r';
  *line = (TextLine){length, (size_t)open};
  set_searched(f, index, length - (size_t)open, NULL, 0);
  return 0;
}

int ps_find_line(lua_State *L, Stream *f, size_t start, int keep, size_t most, Rest rest, Found *found) {
  size_t end = ps_text_end(L, f, rest == END), index = f->in->block.first + start;
  TextLine line;
  int whole = index < end && search_line(f, index, end, rest, &line);
  if (!whole) {
    if (index == end) line = (TextLine){0, 0};
    if (most == PS_ALL) check_limit(L, f, line.length - line.width);
    if (most > line.length) {
      ps_text_check(L, f);
      if (rest == MORE) return wait_for(f, 1, 0);
      if (line.length == 0 || rest == BLOCKED) return give_nothing(found, start);
    }
    line.width = 0;
  }
  if (most == PS_ALL) check_limit(L, f, line.length);
  if (keep && line.width == 2 && f->newline == NEWLINE_UNIVERSAL) line.width = 1;
  if (keep && f->newline == NEWLINE_UNIVERSAL) ps_text_translate(f, start + line.length + line.width, end);
  size_t next = line.length + line.width;
  if (next > most) return give(found, start, most, start + most);
  return give(found, start, keep ? next : line.length, start + next);
}

int ps_find_count(lua_State *L, Stream *f, size_t start, size_t count, Rest rest, Found *found) {
  size_t end = ps_text_end(L, f, rest == END), sum = count < PS_ALL - start ? start + count : PS_ALL;
  if (count == 0) sum++;
  size_t there = ps_text_translate(f, sum, end) - start;
  if (there == 0 || there < count) {
    ps_text_check(L, f);
    if (rest == MORE) return wait_for(f, count == 0 ? 1 : count - there, count != 0);
    if (there == 0) return give_nothing(found, start);
    count = there;
  }
  return give(found, start, count, start + count);
}

int ps_find_some(lua_State *L, Stream *f, size_t start, size_t most, Rest rest, Found *found) {
  size_t end = ps_text_end(L, f, rest == END), sum = most < PS_ALL - start ? start + most : PS_ALL;
  size_t there = ps_text_translate(f, sum, end) - start;
  if (there > 0 || most == 0) return give(found, start, there, start + there);
  ps_text_check(L, f);
  return rest == MORE ? wait_for(f, most, 0) : give_nothing(found, start);
}

int ps_find_all(lua_State *L, Stream *f, size_t start, Rest rest, Found *found) {
  size_t end = ps_text_end(L, f, rest == END);
  ps_text_check(L, f);
  if (rest == MORE) return wait_for(f, PS_BUFFER_LARGE, 1);
  size_t there = ps_text_translate(f, PS_ALL, end) - start;
  if (there == 0 && rest == BLOCKED) return give_nothing(found, start);
  return give(found, start, there, start + there);
}

int ps_find_number(lua_State *L, Stream *f, size_t start, Rest rest, Found *found) {
  size_t end = ps_text_end(L, f, rest == END), index = f->in->block.first + start;
  const char *text = index < end ? f->in->block.data + index : "";
  Numeral numeral;
  if (f->size == 0) ps_stream_unsupported(L, "the file is unbuffered");
  if (!ps_numeral_find(text, end - index, rest == END, &numeral)) {
    ps_text_check(L, f);
    check_limit(L, f, end - index);
    return rest == MORE ? wait_for(f, 1, 0) : give_nothing(found, start);
  }
  int is = ps_numeral_push(L, text, &numeral);
  lua_pop(L, 1);
  *found = (Found){.start = start, .next = start + numeral.start + numeral.length, .numeral = numeral};
  found->kind = is ? 'n' : '0';
  return 1;
}

/* The first delimiter in the text, or NULL. */
static const char *search(const char *text, size_t length, const char *delimiter, size_t width) {
  const char *end = text + length;
  while ((size_t)(end - text) >= width && (text = memchr(text, *delimiter, (size_t)(end - text) - width + 1)) != NULL) {
    if (memcmp(text, delimiter, width) == 0) return text;
    text++;
  }
  return NULL;
}

int ps_find_until(lua_State *L, Stream *f, const char *delimiter, size_t width, Rest rest, Found *found) {
  size_t there = ps_text_translate(f, PS_ALL, ps_text_end(L, f, rest == END)), first = f->in->block.first;
  size_t before = searched(f, first, delimiter, width), possible = there < width ? 0 : there - width + 1;
  const char *text = ps_block_at(&f->in->block, first);
  const char *place = there == 0 ? NULL : search(text + before, there - before, delimiter, width);
  check_limit(L, f, place != NULL ? (size_t)(place - text) : possible);
  if (place != NULL) {
    size_t length = (size_t)(place - text) + width;
    return give(found, 0, length, length);
  }
  ps_text_check(L, f);
  set_searched(f, first, possible, delimiter, width);
  return rest == MORE ? wait_for(f, 1, 0) : give_nothing(found, 0);
}

int ps_find_lines(lua_State *L, Stream *f, size_t hint, Rest rest, Found *found) {
  size_t end = ps_text_end(L, f, rest == END), start = 0;
  end = f->in->block.first + ps_text_translate(f, PS_ALL, end);
  TextLine line;
  if (f->marks[PS_MARK_LINES] == ps_place(f->in, f->in->block.first))
    start = ps_index(f->in, f->marks[PS_MARK_WHOLE]) - f->in->block.first;
  while (start <= hint && f->in->block.first + start < end) {
    int whole = search_line(f, f->in->block.first + start, end, rest, &line);
    check_limit(L, f, line.length - (whole ? 0 : line.width));
    if (!whole) break;
    start += line.length + line.width;
  }
  f->marks[PS_MARK_LINES] = ps_place(f->in, f->in->block.first);
  f->marks[PS_MARK_WHOLE] = ps_place(f->in, f->in->block.first + start);
  if (start <= hint) {
    ps_text_check(L, f);
    if (rest == MORE) return wait_for(f, 1, 0);
    if (rest == END) start = end - f->in->block.first;
  }
  return start == 0 ? give_nothing(found, 0) : give(found, 0, start, start);
}

int ps_found_push(lua_State *L, Stream *f, const Found *found) {
  Buffer *b = f->in;
  size_t index = b->block.first + found->start;
  if (found->kind == 's') return ps_buffer_push_string(L, b, index, found->length);
  if (found->kind == 'n') ps_numeral_push(L, b->block.data + index, &found->numeral);
  else lua_pushnil(L);
  return 1;
}

int ps_found_take(lua_State *L, Stream *f, const Found *found) {
  if (!ps_found_push(L, f, found)) return 0;
  ps_text_take(f, found->next);
  return 1;
}
