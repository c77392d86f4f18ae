// The least a container can run: it starts and ends. What an init adds is measured around it.
int main(void) { return 0; }
