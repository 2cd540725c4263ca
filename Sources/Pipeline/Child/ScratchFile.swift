import Foundation
import Jobs
import MediaModel
import Telemetry
import Transcoder

/// Takes a file over that a media child made, before anything else looks at it.
enum ScratchFile {
    /// `O_PATH` of Linux (fcntl.h), which glibc shows to C programs alone.
    private static let pathOnly: Int32 = 0o10_000_000

    /// Makes this process the file's owner and gives it ordinary rights.
    ///
    /// The path is walked without following a link, and a file that is also known by another name is not taken: the child
    /// can make neither, but what is published must not hang on that alone.
    /// - Throws: `TaskFailure` if there is no such plain file.
    static func take(_ name: String, in folder: String) throws {
        let refusal = TaskFailure(
            .mediaError, "the media child named something that is not its file", isRetryable: true)
        guard ScratchName.isAllowed(name) else { throw refusal }
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
        // Without waiting, should it be a pipe after all.
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

    /// The last bytes of the child's log, however long it made it and whatever it wrote there.
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
    /// The file of the scratch folder that this is about.
    var file: String? {
        switch self {
        case .initialization(_, let file, _), .segment(_, let file, _), .image(let file),
            .captions(_, let file):
            file
        case .progress, .note: nil
        }
    }
}
