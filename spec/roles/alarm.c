/* Loaded into a process, it interrupts whatever system call that process is in, 100 times a second. */
#include <signal.h>
#include <sys/time.h>

static void ignore(int number) { (void)number; }

__attribute__((constructor)) static void start(void) {
  struct sigaction action = {.sa_handler = ignore}; /* without SA_RESTART */
  struct itimerval interval = {{0, 10000}, {0, 10000}};
  sigaction(SIGALRM, &action, 0);
  setitimer(ITIMER_REAL, &interval, 0);
}
