internal import Glibc
internal import Ground

extension Metrics {
    /// Registers the system's metrics of this process under the names that dashboards expect
    /// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
    public func observeProcess() {
        let started = Double(WallClock.system.now()) / 1000
        observe("process_start_time_seconds", "When the process began, in seconds since 1970.") { started }
        observe("process_cpu_seconds_total", "Processor time used, user and system.", kind: .counter) {
            var usage = rusage()
            guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
            return Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
        }
        observe("process_resident_memory_bytes", "Memory in use.") {
            // The second number of statm is resident pages (proc_pid_statm(5)).
            Self.firstLine(of: "/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap { Double($0) }
                .map { $0 * Double(getpagesize()) }
        }
        observe("process_open_fds", "Open files and sockets.") { Self.openFiles() }
        observe("process_max_fds", "Most files and sockets that may be open.") {
            var limit = rlimit()
            guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
            return Double(limit.rlim_cur)
        }
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }

    private static func firstLine(of path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 256) { space, count in
            count = unsafe max(0, read(descriptor, space.baseAddress, 256))
        }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static func openFiles() -> Double? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(folder) }
        // `.`, `..` and the descriptor of the folder that is being read do not count.
        var count = -3
        while unsafe readdir(folder) != nil { count += 1 }
        return Double(count)
    }
}
