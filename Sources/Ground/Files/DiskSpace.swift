internal import Glibc

/// How much a file system can still take.
public enum DiskSpace {
    /// Bytes that an unprivileged user can still write on the file system of a path (`statvfs(3)`), at most `Int64.max`;
    /// `nil` if it cannot be read, with the reason in `errno`.
    public static func availableBytes(at path: String) -> Int64? {
        var facts = statvfs()
        guard unsafe statvfs(path, &facts) == 0 else { return nil }
        return bytes(facts)
    }

    /// The same for the file system of an open file.
    public static func availableBytes(ofDescriptor descriptor: Int32) -> Int64? {
        var facts = statvfs()
        guard unsafe fstatvfs(descriptor, &facts) == 0 else { return nil }
        return bytes(facts)
    }

    private static func bytes(_ facts: statvfs) -> Int64 {
        let (bytes, overflow) = Int64(clamping: facts.f_bavail).multipliedReportingOverflow(
            by: Int64(clamping: facts.f_frsize))
        return overflow ? .max : bytes
    }
}
