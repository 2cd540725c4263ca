#define _GNU_SOURCE
#include "hostile.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

long hostile_fork(void) {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        pause();
        _exit(0);
    }
    return child;
}

long hostile_ptrace(pid_t process) { return ptrace(PTRACE_ATTACH, process, NULL, NULL); }

long hostile_read_memory(pid_t process, const void *address) {
    char byte;
    struct iovec near = {&byte, 1}, far = {(void *)address, 1};
    return process_vm_readv(process, &near, 1, &far, 1, 0);
}

long hostile_signal_thread(pid_t process) { return syscall(SYS_tgkill, process, process, SIGCONT); }

long hostile_ring(void) {
    char parameters[256] = {0};
    return syscall(SYS_io_uring_setup, 4, parameters);
}

long hostile_memory_file(void) { return memfd_create("hidden", 0); }

static void *wait_for_ever(void *unused) {
    // Asleep in a call that the sandbox allows.
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    for (;;) pthread_mutex_lock(&lock);
    return unused;
}

long hostile_thread(void) {
    pthread_t thread;
    int code = pthread_create(&thread, NULL, wait_for_ever, NULL);
    return code == 0 ? 0 : -1;
}
