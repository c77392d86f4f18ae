// The least that a restart can be: waits for its child to end and spawns it again, whatever happened.
//
//   restarter PROGRAM [ARG...]     SIGTERM ends both
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

static volatile pid_t child;

static void on_term(int number) {
  (void)number;
  kill(child, SIGKILL);
  _exit(0);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: restarter PROGRAM [ARG...]\n");
    return 2;
  }
  struct sigaction action = {.sa_handler = on_term};
  for (;;) {
    pid_t pid;
    const int error = posix_spawn(&pid, argv[1], NULL, NULL, argv + 1, environ);
    if (error != 0) {
      fprintf(stderr, "cannot run %s: %s\n", argv[1], strerror(error));
      return 1;
    }
    child = pid;
    sigaction(SIGTERM, &action, NULL);
    if (waitpid(pid, NULL, 0) != pid) return 1;
  }
}
