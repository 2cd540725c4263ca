// Starts a program with limits already in force when its first instruction runs.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct vh_descriptor {
    int child;   // number in the child
    int parent;  // number here
};

struct vh_launch {
    const char *executable;
    char *const *arguments;
    char *const *environment;
    const char *directory;  // NULL: stay
    const struct vh_descriptor *descriptors;
    size_t descriptor_count;
    uint64_t address_space;  // bytes; 0: no limit, here and below
    uint64_t cpu_seconds;
    uint64_t file_size;
    uint64_t open_files;
    uint64_t processes;
    int dies_with_parent;
    int restricted;  // no sockets, no looking into other processes, no privileged calls, no network: see restrict.c
    int nice;
};

// Starts the program on a thread that lives as long as this process, so that PR_SET_PDEATHSIG means the process and
// not whichever thread happened to call. Returns 0, or the errno of the step that failed, exec included.
int vh_launch(const struct vh_launch *launch, pid_t *pid);

// pidfd_open(2), which glibc 2.36 declares but older headers lack. Returns a descriptor or -errno.
int vh_pidfd_open(pid_t pid);

// pidfd_send_signal(2): a signal to the process that the descriptor means, whoever has its number by now.
int vh_pidfd_signal(int descriptor, int number);

// pipe2(2) with O_CLOEXEC. Returns 0 or errno.
int vh_pipe(int ends[2]);

// How a restricted child comes to a network of its own, with nothing in it.
enum vh_isolation { VH_SHARED, VH_OWN_NETWORK, VH_OWN_USERS_AND_NETWORK };

// Finds out in a process of its own which way this kernel and this user allow.
enum vh_isolation vh_find_isolation(void);

// Goes that way. To be called between fork and exec; returns 0 or -1 with errno.
int vh_isolate(enum vh_isolation way);

// Takes the calls away that a decoder never needs. To be called between fork and exec; returns 0 or -1 with errno.
int vh_restrict(void);
