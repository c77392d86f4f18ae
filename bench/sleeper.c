// A child that is never heard of again: it waits for a signal and ends by it.
#include <unistd.h>

int main(void) {
  for (;;) pause();
}
