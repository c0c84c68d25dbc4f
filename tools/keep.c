/* SPDX-License-Identifier: MIT */
/*
** Preloaded under sanitizers. Modules stay mapped to the end, so that the stacks of leaks have names; and what other
** programs than Lua's leak, those that the specs start, is not ours to report.
*/
extern const char lua_newstate[] __attribute__((weak));
void __lsan_disable(void) __attribute__((weak));
int dlclose(void *handle);

int dlclose(void *handle) {
  (void)handle;
  return 0;
}

__attribute__((constructor)) static void spare_others(void) {
  if (!lua_newstate && __lsan_disable) __lsan_disable();
}
