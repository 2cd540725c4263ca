#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"

// Between fork and exec there is no snprintf.
static size_t map_line(char *line, unsigned id) {
    char digits[12];
    size_t count = 0, length = 0;
    do digits[count++] = (char)('0' + id % 10);
    while ((id /= 10) > 0);
    for (int round = 0; round < 2; round++) {
        for (size_t i = count; i > 0; i--) line[length++] = digits[i - 1];
        line[length++] = ' ';
    }
    line[length++] = '1';
    return length;
}

static int write_whole(const char *path, const char *text, size_t length) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, text, length);
    close(file);
    return written == (ssize_t)length ? 0 : -1;
}

int vh_isolate(enum vh_isolation way) {
    char line[40];
    uid_t user = geteuid();
    gid_t group = getegid();
    switch (way) {
    case VH_SHARED: return 0;
    case VH_OWN_NETWORK: return unshare(CLONE_NEWNET | CLONE_NEWIPC);
    case VH_OWN_USERS_AND_NETWORK:
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) != 0) return -1;
        // It stays who it is, or it could not write to its own folder.
        if (write_whole("/proc/self/setgroups", "deny", 4) != 0) return -1;
        if (write_whole("/proc/self/uid_map", line, map_line(line, user)) != 0) return -1;
        return write_whole("/proc/self/gid_map", line, map_line(line, group));
    }
    errno = EINVAL;
    return -1;
}

enum vh_isolation vh_find_isolation(void) {
    const enum vh_isolation ways[] = {VH_OWN_NETWORK, VH_OWN_USERS_AND_NETWORK};
    // Root in a namespace of users of its own could not hand its children to another user.
    size_t count = geteuid() == 0 ? 1 : 2;
    for (size_t i = 0; i < count; i++) {
        pid_t trial = fork();
        if (trial < 0) return VH_SHARED;
        if (trial == 0) _exit(vh_isolate(ways[i]) == 0 ? 0 : 1);
        int status = 0;
        pid_t ended;
        do ended = waitpid(trial, &status, 0);
        while (ended < 0 && errno == EINTR);
        if (ended == trial && status == 0) return ways[i];
    }
    return VH_SHARED;
}
