internal import Hummingbird
internal import NIOCore

extension Request {
    /// Reads a body into memory.
    /// - Parameters:
    ///   - limit: Most bytes.
    ///   - patience: Longest time for the entire body.
    ///   - tooLarge: The error beyond `limit`; thrown before the first read if the head has the length.
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

/// A request's body that sends `100 Continue` at its first read.
///
/// A request that is refused by its head alone therefore sends no body.
struct ExpectContinueBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let request: Request
    private let context: APIContext

    init(_ request: Request, _ context: APIContext) {
        self.request = request
        self.context = context
    }

    func makeAsyncIterator() -> RequestBody.AsyncIterator {
        context.inviteBody(of: request)
        return request.body.makeAsyncIterator()
    }
}
