import Catalog
import Ground
import NIOCore
import NIOHTTP1
import SQL
import SQLFixtures
import Testing

@testable import Webhooks

@Suite("Deliveries", .timeLimit(.minutes(1))) struct DeliveryTests {
    @Test("An event arrives once, signed, at the endpoints that subscribe to it", arguments: DatabaseEngine.allCases)
    func delivered(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.noContent)) { receiver async throws in
                try await fixture.register("http://127.0.0.1:\(receiver.port)/hook?a=b")
                try await fixture.register("http://127.0.0.1:\(receiver.port)/other", id: "whk_2", events: [.failed])
                try await fixture.announce(.ready)
                let service = try fixture.service()
                #expect(try await service.sendOne())
                #expect(try await !service.sendOne())
                let delivery = try #require(try await fixture.deliveries().first)
                #expect(delivery.state == .delivered && delivery.lastStatus == 204 && delivery.attempts == 1)
                #expect(delivery.deliveredAt == fixture.time.now)
                let request = try #require(receiver.received.first)
                #expect(receiver.received.count == 1 && request.uri == "/hook?a=b" && request.body == delivery.body)
                #expect(request.body.contains(#""type":"video.ready""#) && request.body.contains(#""id":"vid_1""#))
                #expect(request.headers["Videohost-Event"] == ["video.ready"])
                #expect(request.headers["Videohost-Delivery"] == [delivery.id])
                #expect(request.headers["Host"] == ["127.0.0.1:\(receiver.port)"])
                let signature = Signature.header(body: delivery.body, secret: "whsec_x", seconds: 1_700_000_000)
                #expect(request.headers["Videohost-Signature"] == [signature])
            }
        }
    }

    @Test("An event of a transaction that is rolled back is never sent", arguments: DatabaseEngine.allCases)
    func rolledBack(engine: DatabaseEngine) async throws {
        struct Undo: Error {}
        try await WebhookFixture.with(engine) { fixture async throws in
            try await fixture.register("https://example.org/")
            await #expect(throws: Undo.self) {
                try await fixture.database.transaction { connection in
                    try Outbox.announce(event: .ready, video: "vid_1", at: 1, in: connection)
                    throw Undo()
                }
            }
            #expect(try await fixture.deliveries().isEmpty)
        }
    }

    @Test(
        "A failed delivery is retried until it is dead; consecutive dead deliveries disable the endpoint",
        arguments: DatabaseEngine.allCases)
    func retries(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.internalServerError)) { receiver async throws in
                try await fixture.register("http://127.0.0.1:\(receiver.port)/")
                let service = try fixture.service { $0.schedule = RetrySchedule(delays: [10, 60], deadInRow: 2) }
                for round in 1...2 {
                    try await fixture.announce()
                    #expect(try await service.sendOne())
                    #expect(try await !service.sendOne())
                    fixture.time.advance(seconds: 10)
                    #expect(try await service.sendOne())
                    fixture.time.advance(seconds: 59)
                    #expect(try await !service.sendOne())
                    fixture.time.advance(seconds: 1)
                    #expect(try await service.sendOne())
                    let delivery = try #require(try await fixture.deliveries().first)
                    #expect(delivery.state == .dead && delivery.attempts == 3 && delivery.lastStatus == 500)
                    #expect(try await fixture.endpoint()?.disabledReason == (round == 2 ? "failing" : nil))
                }
                #expect(receiver.received.count == 6)
                try await fixture.announce()
                #expect(try await fixture.deliveries().count == 2)
            }
        }
    }

    @Test(
        "A dead delivery that is redelivered arrives, and the count of failures restarts",
        arguments: DatabaseEngine.allCases)
    func redelivered(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.hangUp) { receiver async throws in
                try await fixture.register("http://127.0.0.1:\(receiver.port)/")
                let service = try fixture.service { $0.schedule = RetrySchedule(delays: [], deadInRow: 2) }
                try await fixture.announce()
                try await service.sendOne()
                let dead = try #require(try await fixture.deliveries().first)
                #expect(dead.state == .dead && dead.lastError == "the connection was closed before the answer")
                receiver.behave(.status(.ok))
                let now = fixture.time.now
                #expect(try await fixture.database.transaction { try Deliveries.redeliver(dead.id, at: now, in: $0) })
                try await service.sendOne()
                #expect(try await fixture.deliveries().first?.state == .delivered)
                receiver.behave(.hangUp)
                try await fixture.announce()
                try await service.sendOne()
                #expect(try await fixture.endpoint()?.disabledAt == nil)
            }
        }
    }

    @Test(
        "Endpoints that hang do not use the places that are reserved for fast endpoints",
        arguments: DatabaseEngine.allCases)
    func reservedSenders(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.ok)) { good async throws in
                try await Receiver.with(.silence) { silent async throws in
                    func announceAgain() async throws {
                        let now = fixture.time.now
                        try await fixture.database.transaction {
                            try Outbox.announce(event: .ready, video: "vid_2", at: now, in: $0)
                        }
                    }
                    try await fixture.addUser("usr_2")
                    try await fixture.register("http://127.0.0.1:\(good.port)/", id: "whk_good", user: "usr_2")
                    try await fixture.announce(video: "vid_2", of: "usr_2")
                    let service = try fixture.service { configuration in
                        configuration.senders = 3
                        configuration.reservedSenders = 1
                        configuration.pause = .milliseconds(5)
                        configuration.sender.timeout = .seconds(600)
                    }
                    // No endpoint has responded yet.
                    #expect(try await !service.sendOne(isAnswering: true))
                    #expect(try await service.sendOne())
                    for number in 0..<3 {
                        try await fixture.addUser("usr_h\(number)")
                        try await fixture.register(
                            "http://127.0.0.1:\(silent.port)/", id: "whk_h\(number)", user: "usr_h\(number)")
                        try await fixture.announce(video: "vid_h\(number)", of: "usr_h\(number)")
                    }
                    let running = Task { try await service.run() }
                    while silent.received.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
                    for count in 2...4 {
                        try await announceAgain()
                        while good.received.count < count { try await Task.sleep(for: .milliseconds(5)) }
                    }
                    #expect(silent.received.count == 2)
                    running.cancel()
                }
            }
        }
    }

    @Test("An endpoint that stops responding loses its reserved place", arguments: DatabaseEngine.allCases)
    func answersNoMore(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.internalServerError)) { receiver async throws in
                try await fixture.register("http://127.0.0.1:\(receiver.port)/")
                try await fixture.announce()
                let service = try fixture.service()
                #expect(try await service.sendOne())
                fixture.time.advance(seconds: 20)
                receiver.behave(.hangUp)
                #expect(try await service.sendOne(isAnswering: true))
                fixture.time.advance(seconds: 3600)
                #expect(try await !service.sendOne(isAnswering: true))
                #expect(try await service.sendOne())
            }
        }
    }

    @Test("A 410 disables the endpoint and ends its waiting deliveries at once", arguments: DatabaseEngine.allCases)
    func gone(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.gone)) { receiver async throws in
                try await fixture.register("http://127.0.0.1:\(receiver.port)/")
                try await fixture.announce(.playable)
                try await fixture.announce(.ready)
                let service = try fixture.service()
                try await service.sendOne()
                #expect(try await !service.sendOne())
                #expect(try await fixture.endpoint()?.disabledReason == "gone")
                #expect(try await fixture.deliveries().map(\.state) == [.dead, .dead])
                #expect(receiver.received.count == 1)
            }
        }
    }

    @Test(
        "A slow receiver, a receiver that is gone and an endless response take bounded time",
        arguments: DatabaseEngine.allCases)
    func bounded(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.silence) { receiver async throws in
                try await fixture.register("http://127.0.0.1:\(receiver.port)/")
                try await fixture.announce()
                let service = try fixture.service { $0.sender.timeout = .milliseconds(200) }
                try await service.sendOne()
                #expect(try await fixture.deliveries().first?.lastError == "no answer in time")
                receiver.behave(.flood)
                fixture.time.advance(seconds: 20)
                try await fixture.service().sendOne()
                #expect(try await fixture.deliveries().first?.state == .delivered)
                try await fixture.announce()
                await receiver.stop()
                try await fixture.service().sendOne()
                #expect(try await fixture.deliveries().first?.lastError == "no connection")
            }
        }
    }

    @Test("A redirect is not followed, wherever it leads", arguments: DatabaseEngine.allCases)
    func redirect(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.ok)) { inside async throws in
                try await Receiver.with(
                    .status(.found, ["Location": "http://127.0.0.1:\(inside.port)/secret"])
                ) { receiver async throws in
                    try await fixture.register("http://127.0.0.1:\(receiver.port)/")
                    try await fixture.announce()
                    try await fixture.service().sendOne()
                    #expect(try await fixture.deliveries().first?.lastStatus == 302)
                    #expect(try await fixture.deliveries().first?.state == .waiting)
                    #expect(inside.received.isEmpty)
                }
            }
        }
    }

    @Test(
        "A name that resolves to a private address is refused, also if it was public before or also has a public address",
        arguments: DatabaseEngine.allCases)
    func rebinding(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            try await Receiver.with(.status(.ok)) { inside async throws in
                try await fixture.register("http://rebind.example.org:\(inside.port)/")
                for addresses in [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"], ["::1"]] {
                    try await fixture.announce()
                    let service = try fixture.service {
                        $0.sender.addresses = AddressGuard()
                        $0.schedule = RetrySchedule(delays: [], deadInRow: 100)
                        $0.sender.resolver = Resolver { _, port in
                            try addresses.map { try SocketAddress(ipAddress: $0, port: port) }
                        }
                    }
                    try await service.sendOne()
                    #expect(try await fixture.deliveries().first?.lastError == "the address is not allowed")
                }
                #expect(inside.received.isEmpty)
                // The same name where the network is allowed: the request has the name, the socket connects to the address.
                try await fixture.announce()
                let service = try fixture.service {
                    $0.sender.resolver = Resolver { _, port in [try SocketAddress(ipAddress: "127.0.0.1", port: port)] }
                }
                try await service.sendOne()
                #expect(inside.received.first?.headers["Host"] == ["rebind.example.org:\(inside.port)"])
            }
        }
    }

    @Test(
        "Two concurrent senders never claim the same delivery; that of a killed sender is claimed after its lease",
        arguments: DatabaseEngine.allCases)
    func claims(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            for number in 1...10 { try await fixture.register("https://example.org/", id: "whk_\(number)") }
            try await fixture.announce()
            let now = fixture.time.now
            let claimed = try await withThrowingTaskGroup(of: [Delivery].self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        var taken: [Delivery] = []
                        // A sender that loses a claim may find nothing although more deliveries are due.
                        while try await fixture.database.read({ try Deliveries.isAnyDue(at: now, in: $0) }) {
                            let one = try await fixture.database.transaction {
                                try Deliveries.claim(at: now, lease: 30_000, perAccount: 100, in: $0)
                            }
                            if let one { taken.append(one) }
                        }
                        return taken
                    }
                }
                return try await group.reduce(into: [Delivery]()) { $0 += $1 }
            }
            #expect(claimed.count == 10 && Set(claimed.map(\.id)).count == 10)
            let first = try #require(claimed.first)
            let again = try await fixture.database.transaction {
                try Deliveries.claim(at: now + 30_000, lease: 30_000, perAccount: 100, in: $0)
            }
            #expect(again?.attempts == 2)
            // The first sender reports its result too late.
            let late = try await fixture.database.transaction { connection in
                let taken = again.flatMap { taken in claimed.first { $0.id == taken.id } } ?? first
                return try Deliveries.end(taken, .delivered, status: 200, error: nil, at: now, in: connection)
            }
            #expect(!late)
        }
    }

    @Test("The endpoints of an account are limited, and old deliveries are deleted", arguments: DatabaseEngine.allCases)
    func limits(engine: DatabaseEngine) async throws {
        try await WebhookFixture.with(engine) { fixture async throws in
            for number in 0..<Endpoints.limit {
                try await fixture.register("https://example.org/", id: "whk_\(number)")
            }
            let more = Endpoint(
                id: "whk_more", userID: "usr_1", url: "https://example.org/", secret: "x", events: [.ready],
                createdAt: 1)
            #expect(try await !fixture.database.transaction { try Endpoints.insert(more, in: $0) })
            try await fixture.announce()
            let now = fixture.time.now
            try await fixture.database.transaction { connection in
                let one = try #require(try Deliveries.claim(at: now, lease: 1, perAccount: 100, in: connection))
                #expect(try Deliveries.end(one, .dead, status: nil, error: "x", at: now, in: connection))
                #expect(try Deliveries.prune(before: now, in: connection) == 0)
                #expect(try Deliveries.prune(before: now + 1, in: connection) == 1)
            }
        }
    }
}
