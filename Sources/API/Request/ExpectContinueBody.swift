internal import Hummingbird
internal import NIOCore

/// A request's body that is asked for only when it is read: a client that waits for leave gets it then.
///
/// So a refusal that the head alone allows costs a client no bytes.
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
