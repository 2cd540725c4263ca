import NIOCore
import Testing

@testable import Redis

@Suite("Matching replies to commands") struct CommandPipelineTests {
    private typealias Action = CommandPipeline.Action
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func batch(_ count: Int = 1, timeout: TimeAmount? = nil) throws -> CommandBatch {
        try CommandBatch(Array(repeating: ["PING"], count: count), timeout: timeout)
    }

    private static func pong(_ number: Int64) -> RedisValue { .integer(number) }

    @Test("Replies complete batches in the order of their commands, and many batches share a flush") func order() throws
    {
        var pipeline = CommandPipeline(takesPushes: false, at: Self.start)
        let (first, second) = (try Self.batch(2), try Self.batch())
        #expect({ pipeline.send(first, at: Self.start) }() == [.write(first.bytes), .scheduleFlush])
        #expect({ pipeline.send(second, at: Self.start) }() == [.write(second.bytes)])
        #expect({ pipeline.flushed() }() == [.flush])
        #expect({ pipeline.received(Self.pong(1)) }().isEmpty)
        #expect(
            { pipeline.received(Self.pong(2)) }() == [.complete(first.promise, .success([Self.pong(1), Self.pong(2)]))])
        #expect({ pipeline.received(Self.pong(3)) }() == [.complete(second.promise, .success([Self.pong(3)]))])
        let third = try Self.batch()
        #expect({ pipeline.send(third, at: Self.start) }() == [.write(third.bytes), .scheduleFlush])
    }

    @Test("A value without a command is a push where pushes are taken, else a violation that ends the connection")
    func pushes() throws {
        var subscriber = CommandPipeline(takesPushes: true, at: Self.start)
        #expect({ subscriber.received(Self.pong(1)) }() == [.push(Self.pong(1))])
        let subscribe = try CommandBatch([["SUBSCRIBE", "a"]], replyCount: 0, timeout: nil)
        #expect(
            { subscriber.send(subscribe, at: Self.start) }()
                == [.complete(subscribe.promise, .success([])), .write(subscribe.bytes), .scheduleFlush])
        var pipeline = CommandPipeline(takesPushes: false, at: Self.start)
        #expect({ pipeline.received(Self.pong(1)) }() == [.close])
        let late = try Self.batch()
        let refusal = RedisFailure(.disconnected(mayHaveRun: false), "a reply without a command")
        #expect({ pipeline.send(late, at: Self.start) }() == [.complete(late.promise, .failure(refusal))])
    }

    @Test("When a connection breaks, only commands that were flushed may have run") func broken() throws {
        var pipeline = CommandPipeline(takesPushes: false, at: Self.start)
        let (sent, unsent) = (try Self.batch(), try Self.batch())
        _ = pipeline.send(sent, at: Self.start)
        _ = pipeline.flushed()
        _ = pipeline.send(unsent, at: Self.start)
        let actions = pipeline.failed(RedisFailure(.disconnected(mayHaveRun: true), "gone"))
        #expect(
            actions == [
                .complete(sent.promise, .failure(RedisFailure(.disconnected(mayHaveRun: true), "gone"))),
                .complete(unsent.promise, .failure(RedisFailure(.disconnected(mayHaveRun: false), "gone"))), .close,
            ])
        #expect({ pipeline.failed(RedisFailure(.timeout, "again")) }().isEmpty)
        #expect({ pipeline.received(Self.pong(1)) }().isEmpty && { pipeline.flushed() }().isEmpty)
    }

    @Test("All commands share one timer: the first has the earliest deadline, and only it fails with the time-out")
    func timeouts() throws {
        var pipeline = CommandPipeline(takesPushes: false, at: Self.start)
        let (first, second) = (try Self.batch(timeout: .seconds(2)), try Self.batch(timeout: .seconds(2)))
        let (due, later) = (Self.start + .seconds(2), Self.start + .seconds(3))
        #expect({ pipeline.send(first, at: Self.start) }().last == .startTimer(.reply, due))
        #expect({ pipeline.send(second, at: Self.start + .seconds(1)) }() == [.write(second.bytes)])
        _ = pipeline.flushed()
        _ = pipeline.received(Self.pong(1))
        #expect({ pipeline.fired(.reply, at: due) }() == [.startTimer(.reply, later)])
        let third = try Self.batch(timeout: .seconds(9))
        _ = pipeline.send(third, at: due)
        let actions = pipeline.fired(.reply, at: later)
        #expect(
            actions == [
                .complete(second.promise, .failure(RedisFailure(.timeout, "no reply in time"))),
                .complete(
                    third.promise, .failure(RedisFailure(.disconnected(mayHaveRun: false), "no reply in time"))),
                .close,
            ])
    }

    @Test("The time-out of a command after one without a time-out starts when it is the first")
    func timeoutBehindBlocking() throws {
        var pipeline = CommandPipeline(takesPushes: false, at: Self.start)
        let (blocking, timed) = (try Self.batch(), try Self.batch(timeout: .seconds(2)))
        _ = pipeline.send(blocking, at: Self.start)
        #expect({ pipeline.send(timed, at: Self.start) }() == [.write(timed.bytes)])
        _ = pipeline.flushed()
        let due = Self.start + .seconds(2)
        #expect(
            { pipeline.received(Self.pong(1)) }()
                == [.complete(blocking.promise, .success([Self.pong(1)])), .startTimer(.reply, due)])
        #expect({ pipeline.fired(.reply, at: due) }().last == .close)
    }

    @Test("A silent server is sent a ping, and the connection is closed if it stays silent") func silence() throws {
        let ping = CommandPipeline.Ping(interval: .seconds(10), timeout: .seconds(3))
        for takesPushes in [true, false] {
            var pipeline = CommandPipeline(takesPushes: takesPushes, ping: ping, at: Self.start)
            #expect({ pipeline.connected(at: Self.start) }() == [.startTimer(.silence, Self.start + .seconds(10))])
            // The last bytes arrived four seconds ago: the next check is when ten seconds have passed.
            pipeline.heard(at: Self.start + .seconds(6))
            #expect(
                { pipeline.fired(.silence, at: Self.start + .seconds(10)) }()
                    == [.startTimer(.silence, Self.start + .seconds(16))])
            let asked = Self.start + .seconds(16)
            let actions = pipeline.fired(.silence, at: asked)
            #expect(actions.contains(.flush) && actions.last == .startTimer(.silence, asked + .seconds(3)))
            pipeline.heard(at: asked + .seconds(1))
            let answer = pipeline.received(.string(Array("PONG".utf8)))
            if takesPushes { #expect(answer == [.push(.string(Array("PONG".utf8)))]) }
            #expect(
                { pipeline.fired(.silence, at: asked + .seconds(3)) }()
                    == [.startTimer(.silence, asked + .seconds(11))])
            _ = pipeline.fired(.silence, at: asked + .seconds(11))
            #expect({ pipeline.fired(.silence, at: asked + .seconds(14)) }().last == .close)
        }
    }

    @Test("No pings are sent on a connection with a blocking command") func blocked() throws {
        let ping = CommandPipeline.Ping(interval: .seconds(10), timeout: .seconds(3))
        var pipeline = CommandPipeline(takesPushes: false, ping: ping, at: Self.start)
        _ = pipeline.send(try Self.batch(), at: Self.start)
        let due = Self.start + .seconds(10)
        #expect({ pipeline.fired(.silence, at: due) }() == [.startTimer(.silence, due + .seconds(10))])
    }
}

@Suite("Channels and their listeners") struct SubscriptionTableTests {
    private static func push(_ kind: String, _ channel: String, _ content: String = "1") -> RedisValue {
        .array([kind, channel, content].map { .string(Array($0.utf8)) })
    }

    @Test("A channel is subscribed to once, and a listener is confirmed when all of its channels are") func confirms() {
        var table = SubscriptionTable()
        let (first, actions) = table.listen(["a", "b"])
        #expect(actions == [.subscribe(["a", "b"])])
        #expect({ table.received(Self.push("subscribe", "a")) }().isEmpty)
        #expect({ table.received(Self.push("subscribe", "b")) }() == [.confirm(listener: first)])
        let (second, more) = table.listen(["a"])
        #expect(more == [.confirm(listener: second)])
        #expect(
            { table.received(Self.push("message", "a", "hello")) }()
                == [.deliver(RedisMessage(channel: "a", payload: Array("hello".utf8)), to: [first, second])])
        #expect({ table.received(Self.push("message", "b")) }().count == 1)
        #expect({ table.received(Self.push("message", "unknown")) }().isEmpty)
        #expect({ table.received(.string(Array("PONG".utf8))) }().isEmpty)
    }

    @Test("The last listener of a channel unsubscribes from it; an overtaken subscription is sent again with a gap")
    func leaving() {
        var table = SubscriptionTable()
        let (first, _) = table.listen(["a", "b"])
        let (second, _) = table.listen(["b"])
        for channel in ["a", "b"] { _ = table.received(Self.push("subscribe", channel)) }
        #expect({ table.leave(first) }() == [.unsubscribe(["a"])])
        #expect({ table.leave(first) }().isEmpty)
        #expect({ table.leave(second) }() == [.unsubscribe(["b"])])
        #expect({ table.received(Self.push("unsubscribe", "a")) }().isEmpty)
        let (third, _) = table.listen(["b"])
        _ = table.received(Self.push("subscribe", "b"))
        #expect({ table.received(Self.push("unsubscribe", "b")) }() == [.subscribe(["b"])])
        #expect(
            { table.received(Self.push("subscribe", "b")) }()
                == [.deliver(RedisMessage(channel: "b", payload: nil), to: [third])])
    }

    @Test("A new connection subscribes to all channels, and confirmed listeners get the notice of a gap")
    func reconnects() {
        var table = SubscriptionTable()
        #expect({ table.connected() }().isEmpty)
        let (first, _) = table.listen(["a"])
        #expect({ table.connected() }() == [.subscribe(["a"])])
        #expect({ table.received(Self.push("subscribe", "a")) }() == [.confirm(listener: first)], "no gap")
        #expect({ table.connected() }() == [.subscribe(["a"])])
        #expect(
            { table.received(Self.push("subscribe", "a")) }()
                == [.deliver(RedisMessage(channel: "a", payload: nil), to: [first])])
        #expect({ table.close() }() == [.finish([first])])
        #expect({ table.received(Self.push("message", "a")) }().isEmpty)
    }
}

@Suite("The lifecycle of a connection") struct ConnectionLifecycleTests {
    private final class Connection: Sendable {}
    private typealias Lifecycle = ConnectionLifecycle<Connection>

    /// An action without the parts that cannot be compared.
    private static func names(_ actions: [Lifecycle.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .connect: "connect"
            case .complete(let waiters, .success): "give \(waiters.count)"
            case .complete(let waiters, .failure(let failure)): "refuse \(waiters.count) \(failure.message)"
            case .close: "close"
            case .cancelConnecting: "cancel"
            }
        }
    }

    @Test("The first caller connects, the next ones wait, and all get the connection") func connects() {
        var lifecycle = Lifecycle()
        let connection = Connection()
        #expect(Self.names({ lifecycle.requested(by: ReplyPromise(), isOpen: { _ in true }) }()) == ["connect"])
        let impatient = ReplyPromise<Connection>()
        #expect({ lifecycle.requested(by: impatient, isOpen: { _ in true }) }().isEmpty)
        #expect({ lifecycle.requested(by: ReplyPromise(), isOpen: { _ in true }) }().isEmpty)
        lifecycle.gaveUp(impatient)
        #expect(lifecycle.current == nil)
        #expect(Self.names({ lifecycle.connected(connection) }()) == ["give 2"])
        #expect(lifecycle.current === connection)
        #expect(Self.names({ lifecycle.requested(by: ReplyPromise(), isOpen: { _ in true }) }()) == ["give 1"])
    }

    @Test("A lost connection is replaced at once, and a closed one at the next request") func lost() {
        var lifecycle = Lifecycle()
        let (first, second) = (Connection(), Connection())
        _ = lifecycle.requested(by: ReplyPromise(), isOpen: { _ in true })
        _ = lifecycle.connected(first)
        #expect(Self.names({ lifecycle.requested(by: ReplyPromise(), isOpen: { _ in false }) }()) == ["connect"])
        #expect({ lifecycle.lost(first) }().isEmpty, "known already")
        _ = lifecycle.connected(second)
        #expect({ lifecycle.lost(first) }().isEmpty)
        #expect(Self.names({ lifecycle.lost(second) }()) == ["connect"])
    }

    @Test("Callers fail only for errors that last until a setting is changed") func failures() {
        var lifecycle = Lifecycle()
        _ = lifecycle.requested(by: ReplyPromise(), isOpen: { _ in true })
        #expect({ lifecycle.failed(RedisFailure(.unavailable, "nobody there")) }().isEmpty)
        #expect(lifecycle.lastFailure?.message == "nobody there")
        let untrusted = RedisFailure(.untrusted, "a wrong certificate")
        #expect(Self.names({ lifecycle.failed(untrusted) }()) == ["refuse 1 a wrong certificate"])
        #expect(Self.names({ lifecycle.failed(untrusted) }()) == ["refuse 0 a wrong certificate"])
    }

    @Test("After closing, callers are refused, and a connection that is established later is closed") func closes() {
        var lifecycle = Lifecycle()
        _ = lifecycle.requested(by: ReplyPromise(), isOpen: { _ in true })
        #expect(Self.names({ lifecycle.close() }()) == ["refuse 1 the client was shut down", "cancel"])
        #expect(Self.names({ lifecycle.connected(Connection()) }()) == ["close"])
        #expect({ lifecycle.failed(RedisFailure(.timeout, "late")) }().isEmpty)
        let refusal = ["refuse 1 the client was shut down"]
        #expect(Self.names({ lifecycle.requested(by: ReplyPromise(), isOpen: { _ in true }) }()) == refusal)
        var connected = Lifecycle()
        _ = connected.requested(by: ReplyPromise(), isOpen: { _ in true })
        _ = connected.connected(Connection())
        #expect(Self.names({ connected.close() }()) == ["refuse 0 the client was shut down", "close"])
    }
}
