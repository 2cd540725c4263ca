import CHiredis
import NIOCore

/// Encodes commands as RESP arrays of bulk strings with hiredis' formatter.
enum CommandFormatter {
    /// Appends an encoded command to a buffer.
    /// - Throws: ``RedisFailure`` with `.unavailable` if the command is empty or larger than hiredis can hold.
    static func append(_ arguments: [RedisArgument], to buffer: inout ByteBuffer) throws(RedisFailure) {
        guard !arguments.isEmpty else { throw RedisFailure(.unavailable, "an empty command") }
        // One block for all words, so that a single scope keeps every pointer alive.
        let block = arguments.flatMap(\.bytes)
        let lengths = arguments.map(\.bytes.count)
        var command: UnsafeMutablePointer<CChar>?
        let length = block.withUnsafeBytes { block in
            let empty: StaticString = ""
            let start =
                block.baseAddress?.assumingMemoryBound(to: CChar.self)
                ?? UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
            var words: [UnsafePointer<CChar>?] = []
            words.reserveCapacity(lengths.count)
            var offset = 0
            for length in lengths {
                words.append(start + offset)
                offset += length
            }
            return redisFormatCommandArgv(&command, Int32(clamping: lengths.count), &words, lengths)
        }
        guard let command, length > 0 else { throw RedisFailure(.unavailable, "a command too large to send") }
        defer { redisFreeCommand(command) }
        buffer.writeBytes(UnsafeRawBufferPointer(start: command, count: Int(length)))
    }
}
