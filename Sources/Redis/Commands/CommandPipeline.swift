internal import DequeModule
import NIOCore

/// Matches the replies of one connection to its commands, in the order in which they were written: a state machine without
/// sockets and timers.
///
/// Each method takes an event and the time, and returns the actions that ``CommandHandler`` has to perform in order. A value
/// that arrives while no command waits is a push.
struct CommandPipeline {
    /// How a connection without waiting commands is checked.
    struct Ping: Sendable {
        /// How long the server may be silent until it is sent a `PING`.
        let interval: TimeAmount
        /// How long the server may be silent after the `PING`.
        let timeout: TimeAmount
    }

    /// The timers of a connection; there is one of each for all waiting commands.
    enum Timer: Hashable, Sendable {
        /// The deadline for the reply to the first waiting command.
        case reply
        /// The deadline for the next bytes from the server.
        case silence
    }

    /// What the channel handler has to do.
    enum Action: Equatable {
        /// Write bytes to the socket, without flushing.
        case write(ByteBuffer)
        /// Call ``CommandPipeline/flushed()`` at the end of this turn of the event loop, and flush.
        case scheduleFlush
        /// Flush the socket now.
        case flush
        /// Complete a promise.
        case complete(ReplyPromise<[RedisValue]>, Outcome)
        /// Pass on a value that arrived without a command.
        case push(RedisValue)
        /// Start a timer instead of the running one of the kind.
        case startTimer(Timer, NIODeadline)
        /// Stop all timers and close the channel.
        case close
    }

    /// The outcome of a batch of commands.
    typealias Outcome = Result<[RedisValue], RedisFailure>

    private struct Waiting {
        let batch: CommandBatch
        let deadline: NIODeadline?
        var replies: [RedisValue] = []
    }

    private enum State {
        case open
        case closed(RedisFailure)
    }

    private var state = State.open
    private let takesPushes: Bool
    private let ping: Ping?
    private var waiting = Deque<Waiting>()
    /// How many at the end of `waiting` have not been flushed to the socket.
    private var unflushed = 0
    private var isFlushScheduled = false
    private var replyTimer: NIODeadline?
    private var lastHeard: NIODeadline
    /// When the last `PING` was sent whose effect has not been checked.
    private var pinged: NIODeadline?

    /// Creates the pipeline of a new connection.
    /// - Parameters:
    ///   - takesPushes: Whether values may arrive without a command.
    ///   - ping: How silence is checked; `nil` for not at all.
    init(takesPushes: Bool, ping: Ping? = nil, at now: NIODeadline) {
        self.takesPushes = takesPushes
        self.ping = ping
        lastHeard = now
    }

    /// The connection is established.
    mutating func connected(at now: NIODeadline) -> [Action] {
        lastHeard = now
        guard let ping else { return [] }
        return [.startTimer(.silence, now + ping.interval)]
    }

    /// Writes a batch of commands.
    ///
    /// Commands of many callers share a system call: the flush waits for the end of the event loop's turn.
    mutating func send(_ batch: CommandBatch, at now: NIODeadline) -> [Action] {
        if case .closed(let failure) = state {
            let outcome = RedisFailure(.disconnected(mayHaveRun: false), failure.message)
            return [.complete(batch.promise, .failure(outcome))]
        }
        var actions: [Action] = []
        if batch.replyCount > 0 {
            waiting.append(Waiting(batch: batch, deadline: batch.timeout.map { now + $0 }))
            unflushed += 1
        } else {
            actions.append(.complete(batch.promise, .success([])))
        }
        actions.append(.write(batch.bytes))
        if !isFlushScheduled {
            isFlushScheduled = true
            actions.append(.scheduleFlush)
        }
        return actions + startReplyTimer()
    }

    /// The scheduled flush is due.
    mutating func flushed() -> [Action] {
        isFlushScheduled = false
        unflushed = 0
        guard case .open = state else { return [] }
        return [.flush]
    }

    /// Bytes arrived, whether or not they complete a value.
    mutating func heard(at now: NIODeadline) { lastHeard = now }

    /// A value arrived.
    mutating func received(_ value: RedisValue) -> [Action] {
        guard case .open = state else { return [] }
        guard !waiting.isEmpty else {
            guard takesPushes else {
                return failed(RedisFailure(.protocolViolation, "a reply without a command"))
            }
            return [.push(value)]
        }
        waiting[0].replies.append(value)
        guard waiting[0].replies.count == waiting[0].batch.replyCount else { return [] }
        let first = waiting.removeFirst()
        // No timer runs yet for a command that waited behind one without a time-out.
        return [.complete(first.batch.promise, .success(first.replies))] + startReplyTimer()
    }

    /// A timer fired.
    mutating func fired(_ timer: Timer, at now: NIODeadline) -> [Action] {
        guard case .open = state else { return [] }
        switch timer {
        case .reply:
            replyTimer = nil
            guard let deadline = waiting.first?.deadline, deadline <= now else { return startReplyTimer() }
            return failed(RedisFailure(.timeout, "no reply in time"))
        case .silence: return checkSilence(at: now)
        }
    }

    /// The connection broke, or the server broke the protocol.
    ///
    /// Only the first waiting command fails with a time-out or a violation; the others fail with the lost connection.
    /// Commands that were not flushed cannot have run.
    mutating func failed(_ reason: RedisFailure) -> [Action] {
        guard case .open = state else { return [] }
        state = .closed(reason)
        var actions: [Action] = []
        for (index, entry) in waiting.enumerated() {
            let lost = RedisFailure(
                .disconnected(mayHaveRun: index < waiting.count - unflushed), reason.message)
            var failure = index == 0 ? reason : lost
            if case .disconnected = reason.code { failure = lost }
            actions.append(.complete(entry.batch.promise, .failure(failure)))
        }
        waiting.removeAll()
        return actions + [.close]
    }

    /// The first waiting command has the earliest deadline.
    private mutating func startReplyTimer() -> [Action] {
        guard let deadline = waiting.first?.deadline else { return [] }
        if let replyTimer, replyTimer <= deadline { return [] }
        replyTimer = deadline
        return [.startTimer(.reply, deadline)]
    }

    /// Sends a `PING` after a silence, and closes the connection if the server stays silent.
    private mutating func checkSilence(at now: NIODeadline) -> [Action] {
        guard let ping else { return [] }
        if let pinged {
            self.pinged = nil
            guard lastHeard >= pinged else {
                return failed(RedisFailure(.timeout, "the server does not answer a ping"))
            }
        }
        let due = lastHeard + ping.interval
        // A waiting command has its own time-out, or blocks for as long as its caller allows.
        guard due <= now, waiting.isEmpty else {
            return [.startTimer(.silence, due > now ? due : now + ping.interval)]
        }
        guard let batch = try? CommandBatch([["PING"]], timeout: ping.timeout) else { return [] }
        pinged = now
        // On a connection for pushes the reply arrives as a push without a channel.
        if !takesPushes { waiting.append(Waiting(batch: batch, deadline: now + ping.timeout)) }
        return [.write(batch.bytes), .flush] + startReplyTimer() + [.startTimer(.silence, now + ping.timeout)]
    }
}
