#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "architecture.h"
#include "confine.h"

// The list is what `strace` shows of media children over every kind of source, after they read their order, and what
// glibc may use in place of one of these. Everything else fails with EPERM.

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define LOW(index) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (index))
#define HIGH(index) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (index) + 4)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define REFUSE RETURN(SECCOMP_RET_ERRNO | EPERM)
// The next `skip` instructions run only for this call.
#define CALL(number, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, (skip))
#define ALLOWED(number) CALL(number, 1), ALLOW
// No honest decoder comes near these: whoever calls them has taken the process over.
#define DEADLY(number) CALL(number, 1), RETURN(SECCOMP_RET_KILL_PROCESS)
#define EQUALS(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))
#define HAS_BIT(bits, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (then), (otherwise))

int vh_allow_only_decoding(void) {
    const unsigned thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    const unsigned namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                CLONE_NEWPID | CLONE_NEWNET | CLONE_PTRACE | CLONE_VFORK;
    struct sock_filter filter[] = {
        FIELD(arch), EQUALS(ARCHITECTURE, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
        FIELD(nr), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), RETURN(SECCOMP_RET_KILL_PROCESS),

        // Threads, memory and time: by far the most frequent come first.
        ALLOWED(SYS_futex), ALLOWED(SYS_munmap), ALLOWED(SYS_brk), ALLOWED(SYS_madvise), ALLOWED(SYS_mremap),
        // Pages are written or run, never both: code is what was loaded before.
        CALL(SYS_mmap, 4), LOW(2), HAS_BIT(PROT_EXEC, 0, 1), REFUSE, ALLOW,
        CALL(SYS_mprotect, 4), LOW(2), HAS_BIT(PROT_EXEC, 0, 1), REFUSE, ALLOW,
        // A thread, and neither a process nor a namespace.
        CALL(SYS_clone, 6), LOW(0), HAS_BIT(namespaces, 3, 0), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, thread),
        EQUALS(thread, 0, 1), ALLOW, REFUSE,
        // Its flags are in memory, where a filter cannot look; glibc then uses clone.
        CALL(SYS_clone3, 1), RETURN(SECCOMP_RET_ERRNO | ENOSYS),
        ALLOWED(SYS_set_robust_list), ALLOWED(SYS_rseq), ALLOWED(SYS_gettid), ALLOWED(SYS_getpid),
        ALLOWED(SYS_getppid), ALLOWED(SYS_exit), ALLOWED(SYS_exit_group), ALLOWED(SYS_sched_yield),
        ALLOWED(SYS_sched_getaffinity), ALLOWED(SYS_getcpu), ALLOWED(SYS_clock_gettime), ALLOWED(SYS_clock_getres),
        ALLOWED(SYS_clock_nanosleep), ALLOWED(SYS_nanosleep), ALLOWED(SYS_gettimeofday), ALLOWED(SYS_getrusage),
        ALLOWED(SYS_sysinfo), ALLOWED(SYS_uname), ALLOWED(SYS_getrandom), ALLOWED(SYS_restart_syscall),
        ALLOWED(SYS_getuid), ALLOWED(SYS_geteuid), ALLOWED(SYS_getgid), ALLOWED(SYS_getegid),
        // Signals, to itself alone.
        ALLOWED(SYS_rt_sigaction), ALLOWED(SYS_rt_sigprocmask), ALLOWED(SYS_rt_sigreturn), ALLOWED(SYS_sigaltstack),
        CALL(SYS_tgkill, 4), LOW(0), EQUALS((unsigned)getpid(), 0, 1), ALLOW, REFUSE,
        // Names of threads.
        CALL(SYS_prctl, 5), LOW(0), EQUALS(PR_SET_NAME, 1, 0), EQUALS(PR_GET_NAME, 0, 1), ALLOW, REFUSE,
        // Asking for its limits, not changing them, nor those of others.
        CALL(SYS_prlimit64, 6), LOW(2), EQUALS(0, 0, 3), HIGH(2), EQUALS(0, 0, 1), ALLOW, REFUSE,

        // Files: those that are open, and new ones where Landlock lets it.
        ALLOWED(SYS_read), ALLOWED(SYS_write), ALLOWED(SYS_pread64), ALLOWED(SYS_pwrite64), ALLOWED(SYS_readv),
        ALLOWED(SYS_writev), ALLOWED(SYS_lseek), ALLOWED(SYS_close), ALLOWED(SYS_fsync), ALLOWED(SYS_fdatasync),
        ALLOWED(SYS_ftruncate), ALLOWED(SYS_fstat), ALLOWED(SYS_newfstatat), ALLOWED(SYS_statx),
        ALLOWED(SYS_getdents64), ALLOWED(SYS_mkdirat), ALLOWED(SYS_getcwd), ALLOWED(SYS_faccessat), ALLOWED(SYS_dup),
        // A file without a name would fill the disk unseen; __O_TMPFILE is the bit of O_TMPFILE that is its own.
        CALL(SYS_openat, 4), LOW(2), HAS_BIT(__O_TMPFILE, 0, 1), REFUSE, ALLOW,
#ifdef SYS_open
        CALL(SYS_open, 4), LOW(1), HAS_BIT(__O_TMPFILE, 0, 1), REFUSE, ALLOW,
        ALLOWED(SYS_mkdir), ALLOWED(SYS_stat), ALLOWED(SYS_lstat), ALLOWED(SYS_access), ALLOWED(SYS_getrlimit),
        ALLOWED(SYS_time),
#endif
        CALL(SYS_fcntl, 8), LOW(1), EQUALS(F_GETFL, 5, 0), EQUALS(F_SETFL, 4, 0), EQUALS(F_GETFD, 3, 0),
        EQUALS(F_SETFD, 2, 0), EQUALS(F_DUPFD_CLOEXEC, 1, 0), REFUSE, ALLOW,
        CALL(SYS_ioctl, 4), LOW(1), EQUALS(TCGETS, 0, 1), ALLOW, REFUSE,

        DEADLY(SYS_execve), DEADLY(SYS_execveat), DEADLY(SYS_ptrace), DEADLY(SYS_process_vm_readv),
        DEADLY(SYS_process_vm_writev), DEADLY(SYS_pidfd_getfd), DEADLY(SYS_mount), DEADLY(SYS_umount2),
        DEADLY(SYS_pivot_root), DEADLY(SYS_chroot), DEADLY(SYS_unshare), DEADLY(SYS_setns), DEADLY(SYS_bpf),
        DEADLY(SYS_perf_event_open), DEADLY(SYS_userfaultfd), DEADLY(SYS_io_uring_setup), DEADLY(SYS_add_key),
        DEADLY(SYS_request_key), DEADLY(SYS_keyctl), DEADLY(SYS_init_module), DEADLY(SYS_finit_module),
        DEADLY(SYS_kexec_load), DEADLY(SYS_reboot), DEADLY(SYS_setuid), DEADLY(SYS_setresuid),
        REFUSE,
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    if (result > 0) errno = EBUSY;  // a thread that could not follow
    return result == 0 ? 0 : -1;
}
