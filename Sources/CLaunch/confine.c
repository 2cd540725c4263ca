#define _GNU_SOURCE
#include "confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Threads of this process, or 0 where /proc does not say.
static int threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) return 0;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks));) count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

// Becomes the owner of its folder, which is then all it sees of the file system: the folders above may be closed to
// that user, and absolute paths must still lead somewhere.
static int become_owner(int folder) {
    struct stat owner;
    if (geteuid() != 0) return 0;
    if (fstat(folder, &owner) != 0) return -errno;
    if (owner.st_uid == 0 || owner.st_gid == 0) return -EPERM;
    if (chroot(".") != 0 || chdir("/") != 0) return -errno;
    // Changing the user clears the order to die with the parent; if the parent ends in between, its number changes.
    int fate = 0;
    pid_t parent = getppid();
    if (prctl(PR_GET_PDEATHSIG, &fate) != 0) return -errno;
    if (setgroups(0, NULL) != 0) return -errno;
    if (setresgid(owner.st_gid, owner.st_gid, owner.st_gid) != 0) return -errno;
    if (setresuid(owner.st_uid, owner.st_uid, owner.st_uid) != 0) return -errno;
    if (fate != 0) {
        if (prctl(PR_SET_PDEATHSIG, fate) != 0) return -errno;
        if (getppid() != parent) _exit(127);
    }
    return 1;
}

// No capability, even for a root that stayed root, and none to be had again.
static int drop_rights(int folder) {
    struct stat owner;
    // A root that could not become the folder's owner writes there by a capability alone.
    if (fstat(folder, &owner) != 0) return -errno;
    if (geteuid() == 0 && owner.st_uid != 0) return -EPERM;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &header, none) != 0) return -errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -errno;
    return 1;
}

// Where memory runs out, the kernel takes this process first.
static void go_first(void) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "1000", 4) < 0) errno = 0;
    close(file);
}

int vh_confine(struct vh_confinement *result) {
    struct stat network;
    memset(result, 0, sizeof *result);
    if (threads() > 1) return EBUSY;
    int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return errno;
    if (stat("/proc/self/ns/net", &network) == 0) result->network = network.st_ino;
    tzset();  // reads /etc/localtime while that can be read
    go_first();
    result->user = become_owner(folder);
    result->rights = drop_rights(folder);
    // Nobody of the same user looks into its memory either; exec and a change of user have set this back.
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    result->landlock_abi = vh_landlock_folder(folder, &result->files);
    close(folder);
    // Last, for it refuses the calls above.
    result->calls = vh_allow_only_decoding() == 0 ? 1 : -errno;
    return 0;
}
