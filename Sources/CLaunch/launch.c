#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_FREE 200  // descriptors are parked here while they change places

static int limit(int resource, uint64_t value) {
    if (value == 0) return 0;
    struct rlimit bound = {value, value};
    // A little later the kernel kills, whatever became of the signal that says why.
    if (resource == RLIMIT_CPU) bound.rlim_max += 2;
    return setrlimit(resource, &bound);
}

// Only async-signal-safe calls from here to exec: the parent has threads.
static void become(const struct vh_launch *launch, enum vh_isolation way, pid_t parent, int report) {
    int parked[32];
    sigset_t none;

    if (setsid() < 0) goto failed;
    // Before the next step, which a change of rights would undo.
    if (launch->restricted && vh_isolate(way) != 0) goto failed;
    if (launch->dies_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) goto failed;
        if (getppid() != parent) _exit(127);  // it died before the line above
    }
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) goto failed;

    if (syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) != 0) goto failed;
    for (size_t i = 0; i < launch->descriptor_count; i++) {
        parked[i] = fcntl(launch->descriptors[i].parent, F_DUPFD_CLOEXEC, FIRST_FREE);
        if (parked[i] < 0) goto failed;
    }
    for (size_t i = 0; i < launch->descriptor_count; i++) {
        if (dup2(parked[i], launch->descriptors[i].child) < 0) goto failed;
    }
    if (launch->directory && chdir(launch->directory) != 0) goto failed;
    if (launch->nice && nice(launch->nice) == -1 && errno != 0) errno = 0;

    struct rlimit no_core = {0, 0};
    if (setrlimit(RLIMIT_CORE, &no_core) != 0) goto failed;
    if (limit(RLIMIT_AS, launch->address_space) != 0) goto failed;
    if (limit(RLIMIT_CPU, launch->cpu_seconds) != 0) goto failed;
    if (limit(RLIMIT_FSIZE, launch->file_size) != 0) goto failed;
    if (limit(RLIMIT_NPROC, launch->processes) != 0) goto failed;
    if (limit(RLIMIT_NOFILE, launch->open_files) != 0) goto failed;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) goto failed;

    if (launch->restricted && vh_restrict() != 0) goto failed;

    execve(launch->executable, launch->arguments, launch->environment);
failed:;
    int reason = errno ? errno : EINVAL;
    if (write(report, &reason, sizeof reason) < 0) _exit(126);
    _exit(127);
}

static int start(const struct vh_launch *launch, pid_t *pid) {
    int report[2];
    static int is_way_known;  // only the launcher's thread comes here
    static enum vh_isolation way;
    if (launch->descriptor_count > 32) return EINVAL;
    if (launch->restricted && !is_way_known) {
        way = vh_find_isolation();
        is_way_known = 1;
    }
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) {
        int reason = errno;
        close(report[0]);
        close(report[1]);
        return reason;
    }
    if (child == 0) {
        int park = fcntl(report[1], F_DUPFD_CLOEXEC, FIRST_FREE + 64);
        become(launch, way, parent, park < 0 ? report[1] : park);
    }
    close(report[1]);
    int reason = 0;
    ssize_t got;
    do got = read(report[0], &reason, sizeof reason);
    while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got == sizeof reason) return reason;
    *pid = child;
    return 0;
}

static pthread_mutex_t callers = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static const struct vh_launch *request;
static pid_t *request_pid;
static int answer, answered, running;

static void *launcher(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!request) pthread_cond_wait(&changed, &lock);
        answer = start(request, request_pid);
        request = NULL;
        answered = 1;
        pthread_cond_broadcast(&changed);
    }
    return NULL;
}

int vh_launch(const struct vh_launch *launch, pid_t *pid) {
    pthread_mutex_lock(&callers);
    pthread_mutex_lock(&lock);
    int result = 0;
    if (!running) {
        pthread_t thread;
        result = pthread_create(&thread, NULL, launcher, NULL);
        if (result == 0) {
            pthread_detach(thread);
            running = 1;
        }
    }
    if (result == 0) {
        request = launch;
        request_pid = pid;
        answered = 0;
        pthread_cond_broadcast(&changed);
        while (!answered) pthread_cond_wait(&changed, &lock);
        result = answer;
    }
    pthread_mutex_unlock(&lock);
    pthread_mutex_unlock(&callers);
    return result;
}

int vh_pidfd_open(pid_t pid) {
    int descriptor = (int)syscall(SYS_pidfd_open, pid, 0);
    return descriptor < 0 ? -errno : descriptor;
}

int vh_pidfd_signal(int descriptor, int number) {
    return syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0) < 0 ? -errno : 0;
}

int vh_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) < 0 ? errno : 0; }
