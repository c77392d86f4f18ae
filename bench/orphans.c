// A fork storm under PID 1, and what it cost PID 1.
//
//   orphans COUNT RESULT_FILE
//
// To be run as the only child of an init that is PID 1 of its own PID namespace, with that
// namespace's /proc. Processes that leave a hundred children each behind make COUNT orphans; when
// all of them are gone, or PID 1 has done nothing for ten seconds, RESULT_FILE gets one line: the
// zombies still there, and the nanoseconds of CPU that PID 1 used meanwhile (/proc/1/schedstat,
// which counts them; the ticks of /proc/1/stat are too coarse).
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kPerParent = 100, kStepMs = 20, kPatienceMs = 10000 };

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static long long cpu_of_init(void) {
  long long nanoseconds;
  FILE* file = fopen("/proc/1/schedstat", "re");
  if (file == NULL || fscanf(file, "%lld", &nanoseconds) != 1) fail("/proc/1/schedstat");
  fclose(file);
  return nanoseconds;
}

// Every process but PID 1 and this one: orphans that run still, and zombies.
static int others(int* zombies) {
  int count = 0;
  *zombies = 0;
  DIR* proc = opendir("/proc");
  if (proc == NULL) fail("/proc");
  for (struct dirent* entry; (entry = readdir(proc)) != NULL;) {
    const long pid = atol(entry->d_name);
    if (pid <= 1 || pid == getpid()) continue;
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE* file = fopen(path, "re");
    if (file == NULL) continue;
    if (fscanf(file, "%*d %*s %c", &state) == 1) {
      count++;
      if (state == 'Z') ++*zombies;
    }
    fclose(file);
  }
  closedir(proc);
  return count;
}

static void leave_orphans(int count) {
  const pid_t parent = fork();
  if (parent < 0) fail("fork");
  if (parent > 0) {
    waitpid(parent, NULL, 0);
    return;
  }
  for (int i = 0; i < count; i++) {
    const pid_t orphan = fork();
    if (orphan < 0) fail("fork");
    if (orphan == 0) _exit(0);
  }
  _exit(0);
}

// The zombies that are left when PID 1 has come to rest. Looking through /proc takes locks that a
// busy reaper needs, so that is done only when PID 1's CPU time stands still.
static int wait_until_gone(void) {
  const struct timespec step = {0, kStepMs * 1000000L};
  int zombies = 0;
  long long before = -1;
  for (int still = 0; still < kPatienceMs; still += kStepMs) {
    const long long used = cpu_of_init();
    if (used != before) {
      before = used;
      still = 0;
    } else if (others(&zombies) == 0) {
      break;
    }
    nanosleep(&step, NULL);
  }
  return zombies;
}

int main(int argc, char** argv) {
  const int count = argc == 3 ? atoi(argv[1]) : 0;
  if (count < kPerParent) {
    fprintf(stderr, "usage: orphans COUNT RESULT_FILE\n");
    return 2;
  }
  if (getppid() != 1) {
    fprintf(stderr, "orphans: my parent is not PID 1\n");
    return 1;
  }
  const long long before = cpu_of_init();
  for (int made = 0; made < count; made += kPerParent) leave_orphans(kPerParent);
  const int zombies = wait_until_gone();
  const long long used = cpu_of_init() - before;

  FILE* result = fopen(argv[2], "we");
  if (result == NULL) fail(argv[2]);
  fprintf(result, "%d %lld\n", zombies, used);
  return fclose(result) == 0 ? 0 : 1;
}
