// Takes away, from inside a process that has started, everything that a decoder does not need.
#pragma once

#include <stdint.h>
#include <sys/types.h>

// What is in force afterwards. A number below 0 is the -errno of a layer that could not be had.
struct vh_confinement {
    int user;          // 1: its own, 0: it was not started as root and keeps the one it has
    int files;         // 1: Landlock
    int landlock_abi;  // version of the kernel's Landlock; 0: none
    int calls;         // 1: the list of allowed system calls
    int rights;        // 1: no_new_privs and no capability
    uint64_t network;  // number of the network namespace, as in /proc/self/ns/net; 0: not known
};

// Confines this process to the current folder, for good. To be called by its only thread, before it touches anything
// that is not to be trusted and after everything that it needs of the system has been loaded. Returns 0, or EBUSY if
// there are other threads, which some layers would not reach.
int vh_confine(struct vh_confinement *result);

// The list of allowed system calls, for all threads. Returns 0 or -1 with errno.
int vh_allow_only_decoding(void);

// Lets the current folder be written to and read, and no other file. Returns the version of Landlock; *held is 1 if it
// is in force, else -errno.
int vh_landlock_folder(int folder, int *held);
