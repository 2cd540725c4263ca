// Calls that Swift cannot write down: variadic ones, and those without glibc's own checks before them.
#pragma once

#include <sys/types.h>

// Each returns what the kernel answered, -1 with errno for a refusal.
long hostile_fork(void);
long hostile_ptrace(pid_t process);
long hostile_read_memory(pid_t process, const void *address);
long hostile_signal_thread(pid_t process);
long hostile_ring(void);
long hostile_memory_file(void);
long hostile_thread(void);
