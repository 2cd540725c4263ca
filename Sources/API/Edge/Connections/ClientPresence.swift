internal import NIOCore
internal import Synchronization

/// Knows when the client of a connection has gone: its side is closed, so that nobody reads a later response.
final class ClientPresence: ChannelInboundHandler, Sendable {
    typealias InboundIn = NIOAny

    private struct State {
        var hasLeft = false
        var last = 0
        var leaving: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Has a function called when the client leaves, or now if it has left.
    /// - Returns: A number for ``forget(_:)``.
    func whenLeaving(_ call: @escaping @Sendable () -> Void) -> Int {
        let (number, hasLeft) = state.withLock { state in
            state.last += 1
            if !state.hasLeft { state.leaving[state.last] = call }
            return (state.last, state.hasLeft)
        }
        if hasLeft { call() }
        return number
    }

    /// Drops a function, for what is over.
    func forget(_ number: Int) { state.withLock { $0.leaving[number] = nil } }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        let calls = state.withLock { state in
            state.hasLeft = true
            defer { state.leaving = [:] }
            return state.leaving
        }
        for call in calls.values { call() }
    }
}
