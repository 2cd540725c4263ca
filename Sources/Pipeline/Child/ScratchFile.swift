import Foundation
import Jobs
import MediaModel
import Telemetry
import Transcoder

/// Takes over the files that a media child writes into its scratch folder.
enum ScratchFile {
    /// `O_PATH` of Linux; the Glibc module does not export it.
    private static let pathOnly: Int32 = 0o10_000_000

    /// Checks a file's name, makes this process the owner of the file and sets ordinary permissions.
    ///
    /// No link is followed, and a file with a second hard link is refused. The sandbox keeps a child from making either;
    /// this check holds even if the sandbox fails.
    /// - Throws: `TaskFailure` if the name is not allowed or there is no such regular file.
    static func take(_ name: String, in folder: String) throws {
        let refusal = TaskFailure(
            .mediaError, "the media child named a file that is not its own", isRetryable: true)
        guard isAllowed(name) else { throw refusal }
        var parent = unsafe open(folder, pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw refusal }
        defer { close(parent) }
        var parts = name.split(separator: "/").map(String.init)
        let last = parts.removeLast()
        for part in parts {
            let below = unsafe openat(parent, part, pathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard below >= 0 else { throw refusal }
            close(parent)
            parent = below
        }
        // `O_NONBLOCK`: opening a named pipe would block.
        let file = unsafe openat(parent, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw refusal }
        defer { close(file) }
        var entry = stat()
        guard unsafe fstat(file, &entry) == 0, entry.st_mode & S_IFMT == S_IFREG, entry.st_nlink == 1 else {
            throw refusal
        }
        guard entry.st_uid == geteuid() || fchown(file, geteuid(), getegid()) == 0, fchmod(file, 0o644) == 0 else {
            throw TaskFailure(.storageError, "cannot take over \(name)", isRetryable: true)
        }
    }

    /// Whether a media child can hand over a file of this name: `track/file` or `file`, of lower-case letters, digits,
    /// dashes and dots, without a dot at the start of a part.
    static func isAllowed(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 64 && part.first != "."
                    && part.utf8.allSatisfy {
                        ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x7a) || $0 == 0x2d || $0 == 0x2e
                    }
            }
    }

    /// The last bytes of the child's log as plain text.
    static func tail(of path: String, byteCount: UInt64 = 4096) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let end = try? file.seekToEnd() else { return nil }
        try? file.seek(toOffset: end > byteCount ? end - byteCount : 0)
        return (try? file.read(upToCount: Int(byteCount))).flatMap { $0 }
            .map { PlainText.lines(String(decoding: $0, as: UTF8.self)) }
    }
}

extension TranscodeEvent {
    /// The file of the scratch folder that the event names.
    var file: String? {
        switch self {
        case .initialization(_, let file, _), .segment(_, let file, _), .image(let file),
            .captions(_, let file):
            file
        case .progress, .note: nil
        }
    }
}
