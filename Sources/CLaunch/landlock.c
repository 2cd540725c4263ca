#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"

// Written out here because Debian 12's headers describe the first two versions only; the numbers are the kernel's ABI.
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define VERSION 1U
#define PATH_BENEATH 1

#define WRITE_FILE (1ULL << 1)
#define READ_FILE (1ULL << 2)
#define READ_DIR (1ULL << 3)
#define MAKE_DIR (1ULL << 7)
#define MAKE_REG (1ULL << 8)
#define TRUNCATE (1ULL << 14)

struct ruleset {
    uint64_t files;
    uint64_t network;  // since version 4
    uint64_t scopes;   // since version 6
};

struct beneath {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

int vh_landlock_folder(int folder, int *held) {
    long version = syscall(CREATE_RULESET, NULL, 0, VERSION);
    if (version < 1) {
        *held = version < 0 ? -errno : -ENOSYS;
        return 0;
    }
    // Everything that this kernel can refuse is refused, on files and directories: 13 rights at first, then moving
    // between folders (2), truncating (3), ioctl on devices (5).
    int rights = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
    uint64_t all = (1ULL << rights) - 1;
    struct ruleset rules = {
        .files = all,
        .network = version >= 4 ? 3 : 0,  // bind and connect, TCP
        .scopes = version >= 6 ? 3 : 0,   // abstract sockets and signals of processes outside
    };
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    int ruleset = (int)syscall(CREATE_RULESET, &rules, size, 0);
    if (ruleset < 0) {
        *held = -errno;
        return (int)version;
    }
    // Neither links nor pipes nor devices, and nothing is removed or renamed: what is counted as written stays visible.
    struct beneath rule = {
        .allowed = (WRITE_FILE | READ_FILE | READ_DIR | MAKE_DIR | MAKE_REG | TRUNCATE) & all,
        .parent = folder,
    };
    *held = 1;
    if (syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0) != 0) *held = -errno;
    else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) *held = -errno;
    else if (syscall(RESTRICT_SELF, ruleset, 0) != 0) *held = -errno;
    close(ruleset);
    return (int)version;
}
