import Foundation
import Ground
import NIOCore
import NIOHTTP1
import SQL
import SQLFixtures
import Synchronization
import Testing

@testable import Webhooks

/// A resolver that does not return for names below `hang` until the test ends.
private final class HangingResolver: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let asked = Mutex<[String]>([])

    var names: [String] { asked.withLock { $0 } }

    var resolver: Resolver {
        Resolver { [self] host, port in
            asked.withLock { $0.append(host) }
            if host.hasPrefix("hang") {
                gate.wait()
                gate.signal()
            }
            return [try SocketAddress(ipAddress: "127.0.0.1", port: port)]
        }
    }

    func release() { gate.signal() }
}

@Suite("Name lookups", .timeLimit(.minutes(1))) struct NameLookupsTests {
    private static func limits(threads: Int = 8, patience: Duration = .milliseconds(100)) -> NameLookups.Limits {
        var limits = NameLookups.Limits()
        limits.threads = threads
        limits.patience = patience
        limits.kept = 0
        return limits
    }

    @Test("Lookups that hang hold at most two threads of their account and delay no other account")
    func hanging() async throws {
        let hanging = HangingResolver()
        defer { hanging.release() }
        let lookups = NameLookups(hanging.resolver, limits: Self.limits())
        for number in 0..<6 {
            await #expect(throws: number < 2 ? NameLookups.Refusal.late : .crowded) {
                try await lookups.addresses(of: "hang\(number).example", port: 80, for: "mallory")
            }
        }
        #expect(lookups.running(for: "mallory") == 2)
        while hanging.names.count < 2 { await Task.yield() }
        #expect(hanging.names.sorted() == ["hang0.example", "hang1.example"])
        #expect(try await lookups.addresses(of: "good.example", port: 80, for: "alice").count == 1)
        // Further lookups of the account wait for these.
        await #expect(throws: NameLookups.Refusal.crowded) {
            try await lookups.addresses(of: "good.example", port: 80, for: "mallory")
        }
        hanging.release()
        while lookups.running() > 0 { await Task.yield() }
        #expect(try await lookups.addresses(of: "good.example", port: 80, for: "mallory").count == 1)
    }

    @Test("The number of threads and of waiting lookups is bounded for any number of accounts")
    func crowd() async throws {
        let hanging = HangingResolver()
        defer { hanging.release() }
        var limits = Self.limits(threads: 3, patience: .seconds(600))
        limits.waiting = 2
        let lookups = NameLookups(hanging.resolver, limits: limits)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<5 {
                group.addTask { try await lookups.addresses(of: "hang.example", port: 80, for: "\(number)").count }
            }
            while hanging.names.count < 3 || lookups.waiting < 2 { await Task.yield() }
            for number in 5..<9 {
                await #expect(throws: NameLookups.Refusal.crowded) {
                    try await lookups.addresses(of: "good.example", port: 80, for: "\(number)")
                }
            }
            #expect(lookups.running() == 3 && lookups.waiting == 2 && hanging.names.count == 3)
            hanging.release()
            for try await count in group { #expect(count == 1) }
        }
    }

    @Test("An account that fills the queue loses places to another, and accounts are served in turn")
    func turns() async throws {
        let hanging = HangingResolver()
        defer { hanging.release() }
        var limits = Self.limits(threads: 1, patience: .seconds(600))
        limits.waiting = 3
        let lookups = NameLookups(hanging.resolver, limits: limits)
        func ask(_ host: String, _ account: String) -> Task<Int, any Error> {
            Task { try await lookups.addresses(of: host, port: 80, for: account).count }
        }
        let first = ask("hang.example", "mallory")
        while hanging.names.isEmpty { await Task.yield() }
        var waiting: [Task<Int, any Error>] = []
        for number in 0..<3 {
            waiting.append(ask("m\(number).example", "mallory"))
            while lookups.waiting < waiting.count { await Task.yield() }
        }
        let other = ask("good.example", "alice")
        await #expect(throws: NameLookups.Refusal.crowded) { try await waiting[2].value }
        hanging.release()
        #expect(try await first.value == 1)
        #expect(try await other.value == 1)
        for task in waiting.prefix(2) { #expect(try await task.value == 1) }
        #expect(hanging.names == ["hang.example", "m0.example", "good.example", "m1.example"])
    }

    @Test("Hosts that resolved before are resolved while all other threads hang")
    func known() async throws {
        let hanging = HangingResolver()
        defer { hanging.release() }
        var limits = Self.limits(threads: 3)
        limits.kept = 1
        let lookups = NameLookups(hanging.resolver, limits: limits)
        #expect(try await lookups.addresses(of: "good.example", port: 80, for: "alice").count == 1)
        for number in 0..<4 {
            await #expect(throws: number < 2 ? NameLookups.Refusal.late : .crowded) {
                try await lookups.addresses(of: "hang\(number).example", port: 80, for: "\(number)")
            }
        }
        #expect(lookups.running() == 2)
        for _ in 0..<3 {
            #expect(try await lookups.addresses(of: "good.example", port: 80, for: "alice").count == 1)
        }
        await #expect(throws: NameLookups.Refusal.crowded) {
            try await lookups.addresses(of: "new.example", port: 80, for: "bob")
        }
    }

    @Test(
        "A delivery without a free lookup thread has made no attempt; one whose lookup hangs has",
        arguments: DatabaseEngine.allCases)
    func postponed(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            let hanging = HangingResolver()
            defer { hanging.release() }
            try await fixture.addUser("usr_2")
            try await fixture.register("http://hang.example/", id: "whk_hang")
            try await fixture.register("http://good.example/", id: "whk_good", user: "usr_2")
            try await fixture.announce()
            fixture.time.advance(seconds: 1)
            try await fixture.announce(video: "vid_2", of: "usr_2")
            let service = try fixture.service { configuration in
                configuration.schedule = RetrySchedule(delays: [], deadInRow: 1)
                configuration.sender.resolver = hanging.resolver
                configuration.sender.lookups = Self.limits(threads: 1)
            }
            #expect(try await service.sendOne())
            #expect(try await fixture.endpoint("whk_hang")?.disabledReason == "failing")
            #expect(try await service.sendOne())
            let waiting = try #require(try await fixture.deliveries("whk_good").first)
            #expect(waiting.state == .waiting && waiting.attempts == 0)
            #expect(waiting.lastError == "the host name waits to be looked up")
            #expect(waiting.nextAttemptAt > fixture.time.now)
            #expect(try await fixture.endpoint("whk_good")?.disabledAt == nil)
        }
    }

    @Test("A cancelled caller returns at once; an IP address needs no thread")
    func leaving() async throws {
        let hanging = HangingResolver()
        defer { hanging.release() }
        let lookups = NameLookups(hanging.resolver, limits: Self.limits(threads: 1, patience: .seconds(600)))
        let task = Task { try await lookups.addresses(of: "hang.example", port: 80, for: "a") }
        while hanging.names.isEmpty { await Task.yield() }
        let queued = Task { try await lookups.addresses(of: "good.example", port: 80, for: "b") }
        task.cancel()
        queued.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await #expect(throws: CancellationError.self) { try await queued.value }
        #expect(try await lookups.addresses(of: "192.0.2.7", port: 80, for: "a").first?.ipAddress == "192.0.2.7")
        #expect(try await lookups.addresses(of: "2001:db8::1", port: 80, for: "a").first?.ipAddress == "2001:db8::1")
        #expect(hanging.names == ["hang.example"])
    }

    @Test("Deliveries of one account continue while lookups of another hang", arguments: DatabaseEngine.allCases)
    func deliveries(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.ok)) { receiver async throws in
                let hanging = HangingResolver()
                defer { hanging.release() }
                try await fixture.addUser("usr_2")
                for number in 0..<20 {
                    try await fixture.register("http://hang\(number).example/", id: "whk_h\(number)")
                }
                try await fixture.register("http://good.example:\(receiver.port)/", id: "whk_good", user: "usr_2")
                for _ in 0..<3 { try await fixture.announce() }
                try await fixture.announce(video: "vid_2", of: "usr_2")
                let service = try fixture.service { configuration in
                    configuration.senders = 3
                    configuration.reservedSenders = 0
                    configuration.pause = .milliseconds(5)
                    configuration.sender.resolver = hanging.resolver
                    // The hanging lookups end with the test.
                    configuration.sender.lookups.patience = .seconds(600)
                    configuration.sender.timeout = .seconds(600)
                }
                let running = Task { try await service.run() }
                while receiver.received.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
                #expect(receiver.received.first?.headers["Host"] == ["good.example:\(receiver.port)"])
                running.cancel()
            }
        }
    }

    @Test(
        "An account has at most two deliveries in progress, in all processes together",
        arguments: DatabaseEngine.allCases)
    func share(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await fixture.addUser("usr_2")
            for number in 0..<5 { try await fixture.register("https://example.org/", id: "whk_\(number)") }
            try await fixture.announce()
            fixture.time.advance(seconds: 1)
            try await fixture.register("https://example.org/", id: "whk_other", user: "usr_2")
            try await fixture.announce(video: "vid_2", of: "usr_2")
            let now = fixture.time.now
            var taken: [String] = []
            for _ in 0..<6 {
                let one = try await fixture.database.transaction {
                    try Deliveries.claim(at: now, lease: 30_000, perAccount: 2, in: $0)
                }
                if let one { taken.append(one.webhookID) }
            }
            // The account with fewer deliveries in progress is next, even if others have been due for longer.
            #expect(taken.count == 3 && taken[1] == "whk_other")
            // Deliveries whose lease has expired do not count.
            let later = try await fixture.database.transaction {
                try Deliveries.claim(at: now + 30_000, lease: 30_000, perAccount: 2, in: $0)
            }
            #expect(later != nil)
        }
    }

    @Test("Tests and redeliveries of an account are counted in time windows", arguments: DatabaseEngine.allCases)
    func manual(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await fixture.addUser("usr_2")
            func count(_ time: Int64, _ user: String = "usr_1") async throws -> Int64? {
                try await fixture.database.transaction { try ManualDeliveries.count(user: user, at: time, in: $0) }
            }
            for _ in 0..<ManualDeliveries.limit { #expect(try await count(1_000) == nil) }
            #expect(try await count(1_000) == ManualDeliveries.window)
            #expect(try await count(1_000 + ManualDeliveries.window - 1) == 1)
            #expect(try await count(1_000, "usr_2") == nil)
            #expect(try await count(1_000 + ManualDeliveries.window) == nil)
            // A clock that was set back by hours does not block requests until it has caught up.
            #expect(try await count(-86_400_000) == nil)
        }
    }
}
