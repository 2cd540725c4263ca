internal import Hummingbird
internal import NIOCore

extension Request {
    /// Reads a whole body into memory.
    /// - Parameters:
    ///   - limit: Most bytes.
    ///   - patience: Longest time for all of it, however steadily it comes.
    ///   - tooLarge: What is thrown beyond `limit`; before anything is read where the head tells the length.
    /// - Throws: `tooLarge`; ``Problem/tooSlow`` beyond `patience`; what reading throws.
    func collect(
        _ context: APIContext, limit: Int, within patience: Duration, tooLarge: Problem
    ) async throws -> ByteBuffer {
        if let length = headers.bodyLength, length > Int64(limit) { throw tooLarge }
        let body = ExpectContinueBody(self, context)
        return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask {
                var whole = ByteBuffer()
                for try await chunk in body {
                    guard whole.readableBytes + chunk.readableBytes <= limit else { throw tooLarge }
                    whole.writeImmutableBuffer(chunk)
                }
                try Task.checkCancellation()
                return whole
            }
            group.addTask {
                try await Task.sleep(for: patience)
                throw Problem.tooSlow
            }
            defer { group.cancelAll() }
            guard let whole = try await group.next() else { throw CancellationError() }
            return whole
        }
    }
}
