/* SPDX-License-Identifier: MIT */
/* Preloaded under sanitizers: modules stay mapped to the end, so that the stacks of leaks have names. */
int dlclose(void *handle);

int dlclose(void *handle) {
  (void)handle;
  return 0;
}
