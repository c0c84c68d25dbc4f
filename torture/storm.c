/* SPDX-License-Identifier: MIT */
/* Preloaded: a signal every millisecond, with SA_RESTART where the environment has STORM=restart. Programs that are started from
   there have it too. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

static void nothing(int number) { (void)number; }

__attribute__((constructor)) static void storm(void) {
  const char *how = getenv("STORM");
  if (how == NULL) return;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = nothing;
  action.sa_flags = strcmp(how, "restart") == 0 ? SA_RESTART : 0;
  sigaction(SIGALRM, &action, NULL);
  struct itimerval every = {{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &every, NULL);
}
