import CLaunch
import Glibc

/// A pipe between this process and a child; both ends close on exec unless they are handed over by name.
public struct ChildPipe: Sendable {
    /// The end that is read.
    public let reading: Int32
    /// The end that is written.
    public let writing: Int32

    /// `F_SETPIPE_SZ` of Linux (fcntl.h), which glibc shows to C programs alone.
    private static let setCapacity: Int32 = 1031

    /// Opens a pipe.
    /// - Parameter capacity: Bytes that a writer may be ahead of its reader, rounded up to a page; `nil` for the system's.
    /// - Throws: ``LaunchFailure`` when descriptors have run out.
    public init(capacity: Int32? = nil) throws(LaunchFailure) {
        var ends: [Int32] = [-1, -1]
        let code = vh_pipe(&ends)
        guard code == 0 else { throw LaunchFailure(executable: "pipe", errno: code) }
        (reading, writing) = (ends[0], ends[1])
        if let capacity { _ = fcntl(writing, Self.setCapacity, capacity) }
    }
}

/// Lines of text from a descriptor, one at a time, as they are asked for.
///
/// Unread lines stay in the pipe, so a child that writes too much waits. Owns and closes the descriptor.
public actor LineReader {
    private let descriptor: Int32
    private let longest: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var ended = false

    /// Reads from a descriptor, which this object owns from now on.
    /// - Parameters:
    ///   - descriptor: The reading end of a pipe.
    ///   - longest: Bytes of the longest line; a longer one ends the stream, because its writer is not trusted.
    public init(descriptor: Int32, longest: Int = 8 << 20) {
        self.descriptor = descriptor
        self.longest = longest
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Buffered bytes: lines that were not requested yet and the beginning of the next, at most the longest line
    /// plus one read.
    var bufferedByteCount: Int { buffer.count }

    /// The next line without its newline, or `nil` at the end.
    public func next() async -> [UInt8]? {
        var scanned = start
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0a) {
                defer { start = end + 1 }
                return Array(buffer[start..<end])
            }
            if ended { return remainder() }
            // What was handed out goes before more is read; what stays is the beginning of one line.
            buffer.removeFirst(start)
            (start, scanned) = (0, buffer.count)
            if buffer.count > longest { return nil }
            await fill()
        }
    }

    private func remainder() -> [UInt8]? {
        guard start < buffer.count else { return nil }
        defer { start = buffer.count }
        return Array(buffer[start...])
    }

    private func fill() async {
        await ReadableDescriptor.wait(for: descriptor)
        let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { space -> Int in
            let count = read(descriptor, space.baseAddress, space.count)
            if count > 0 { buffer.append(contentsOf: space.prefix(count)) }
            return count
        }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { ended = true }
    }
}
