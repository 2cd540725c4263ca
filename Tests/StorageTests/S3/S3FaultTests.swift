import Crypto
import Foundation
import Ground
import NIOCore
import NIOHTTP1
import Storage
import Testing

/// Tests of the store with failing services and networks.
@Suite(.timeLimit(.minutes(1))) struct S3FaultTests {
    private let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }

    private func md5(_ bytes: some DataProtocol) -> String {
        Insecure.MD5.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func content(_ body: ObjectBody) async throws -> [UInt8] {
        var content: [UInt8] = []
        for try await chunk in body { content += Array(buffer: chunk) }
        return content
    }

    @Test(
        "a transient failure is retried, signed again and with growing pauses",
        arguments: [
            FaultServer.Reply.error(500, "InternalError"), .error(503, "SlowDown"), .answer(502), .answer(429),
            .hangUp, .error(400, "SlowDown"),
        ])
    func retried(reply: FaultServer.Reply) async throws {
        let tag = md5([1, 2, 3])
        let server = try await FaultServer { $0.number < 3 ? reply : .answer(200, [("etag", "\"\(tag)\"")]) }
        let pauses = FaultServer.Pauses()
        try await server.store(pauses: pauses).put([1, 2, 3], at: "k")
        #expect(pauses.all == [.milliseconds(75), .milliseconds(150), .milliseconds(300)])
        #expect(server.requests.count == 4)
        #expect(server.requests.allSatisfy { Array(buffer: $0.body) == [1, 2, 3] })
    }

    @Test(
        "a permanent failure is not retried, and has its own code",
        arguments: [
            (404, "NoSuchBucket", StorageServiceFailure.Code.missingBucket), (403, "AccessDenied", .accessDenied),
            (403, "SignatureDoesNotMatch", .badCredentials), (403, "InvalidAccessKeyId", .badCredentials),
            (400, "ExpiredToken", .badCredentials), (403, "RequestTimeTooSkewed", .clockSkew),
            (400, "AuthorizationHeaderMalformed", .wrongRegion), (301, "PermanentRedirect", .wrongRegion),
            (400, "InvalidRequest", .refused), (400, "BadDigest", .damaged), (501, "NotImplemented", .unavailable),
        ])
    func refused(status: Int, code: String, expected: StorageServiceFailure.Code) async throws {
        let server = try await FaultServer { _ in
            .error(status, code, [("x-amz-bucket-region", "eu-west-1"), ("date", "Tue, 24 Nov 2026 02:00:00 GMT")])
        }
        let error = await #expect(throws: StorageError.self) { try await server.store().put([1], at: "k") }
        guard case .service(let failure) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.code == expected)
        #expect(error?.code == expected.rawValue)
        #expect(server.requests.count == 1)
        switch expected {
        case .wrongRegion: #expect(failure.detail.contains("it is in eu-west-1"))
        case .missingBucket: #expect(failure.detail.contains("no bucket films"))
        case .clockSkew: #expect(failure.detail.contains("02:00:00 GMT"))
        default: #expect(!failure.detail.contains("secret"))
        }
    }

    @Test("a full service is reported as a full store")
    func full() async throws {
        let server = try await FaultServer { _ in .error(507, "InsufficientStorage") }
        await #expect(throws: StorageError.noSpace) { try await server.store().put([1], at: "k") }
    }

    @Test("an unreachable service is a retryable error after the last attempt")
    func away() async throws {
        let server = try await FaultServer { _ in .error(503, "SlowDown") }
        let error = await #expect(throws: StorageError.self) { try await server.store().read("k") }
        #expect(error?.code == "slow_down" && error?.isRetryable == true)
        #expect(server.requests.count == 6)
        let nobody = S3Location(bucket: "films", scheme: "http", authority: "127.0.0.1:1", region: "r", style: .path)
        var settings = S3Settings()
        settings.retry.base = .milliseconds(1)
        let store = S3Store(
            nobody, credentials: S3Credentials(accessKeyID: "a", secretAccessKey: "b"), settings: settings)
        let refused = await #expect(throws: StorageError.self) { try await store.size(of: "k") }
        #expect(refused?.code == "unavailable")
    }

    @Test("a service that does not respond times out")
    func silence() async throws {
        let server = try await FaultServer { _ in .silence }
        let byRequest = server.store {
            $0.requestTimeout = .milliseconds(150)
            $0.retry.attempts = 2
        }
        let first = await #expect(throws: StorageError.self) { try await byRequest.size(of: "k") }
        #expect(first?.code == "timed_out")
        let byIdle = server.store {
            $0.idleTimeout = .milliseconds(150)
            $0.retry.attempts = 2
        }
        let second = await #expect(throws: StorageError.self) { try await byIdle.read("k") }
        #expect(second?.code == "timed_out")
        #expect(server.requests.count == 4)
    }

    @Test("a body whose connection breaks continues at the next byte if the object is the same")
    func resumed() async throws {
        let bytes = bytes
        let server = try await FaultServer { request in
            let whole = FaultServer.Reply.object(bytes, request)
            return request.number < 3 ? whole.cut(after: 100_000) : whole
        }
        let pauses = FaultServer.Pauses()
        let body = try await server.store(pauses: pauses).read("k")
        #expect(try await content(body) == bytes)
        let starts = server.requests.map(\.rangeStart)
        #expect(starts == starts.sorted() && Set(starts).count == starts.count && starts.count >= 4)
        #expect(server.requests.dropFirst().allSatisfy { $0.headers.first(name: "if-match") == "\"tag\"" })
        #expect(
            server.requests.dropFirst().allSatisfy { $0.headers.first(name: "range")?.hasSuffix("-399999") == true })
        #expect(pauses.all.count == server.requests.count - 1)
    }

    @Test("a broken range request continues within the range")
    func resumedRange() async throws {
        let bytes = bytes
        let server = try await FaultServer { request in
            let whole = FaultServer.Reply.object(bytes, request)
            return request.number == 0 ? whole.cut(after: 10) : whole
        }
        let body = try await server.store().read("k", range: 1000..<3000)
        #expect(try await content(body) == Array(bytes[1000..<3000]))
        #expect(
            server.requests.map { $0.headers.first(name: "range") }.last
                == "bytes=\(server.requests[1].rangeStart)-2999")
    }

    @Test("an object that was replaced while it was read is an error", arguments: [true, false])
    func changed(serverKnowsConditions: Bool) async throws {
        let bytes = bytes
        let server = try await FaultServer { request in
            if request.number == 0 { return FaultServer.Reply.object(bytes, request).cut(after: 100_000) }
            if serverKnowsConditions { return .error(412, "PreconditionFailed") }
            return .object(bytes, request, tag: "other")
        }
        let body = try await server.store().read("k")
        await #expect(throws: StorageError.changed(key: "k")) { try await content(body) }
        #expect(server.requests.count == 2)
    }

    @Test("a response with another range than requested is an error")
    func wrongRange() async throws {
        let bytes = bytes
        let server = try await FaultServer { _ in .answer(200, [], bytes) }
        let error = await #expect(throws: StorageError.self) { try await server.store().read("k", range: 5..<9) }
        #expect(error?.code == "unexpected_answer")
    }

    @Test("a body is not received faster than it is read")
    func backPressure() async throws {
        let large = [UInt8](repeating: 5, count: 24 << 20)
        let sent = Count()
        let server = try await FaultServer { request in
            sent.add(1)
            return .object(large, request)
        }
        let store = server.store { $0.idleTimeout = .milliseconds(300) }
        var iterator = try await store.read("k").makeAsyncIterator()
        var total = try #require(try await iterator.next()).readableBytes
        // Longer than the idle timeout: the client has stopped reading, and the service has closed the connection.
        try await Task.sleep(for: .milliseconds(700))
        while let chunk = try await iterator.next() { total += chunk.readableBytes }
        #expect(total == large.count)
        // The connection was closed while it was idle, and the rest was requested again.
        #expect(sent.value >= 2)
        #expect(server.requests.last.map { $0.rangeStart > 0 && $0.rangeStart < 20 << 20 } == true)
    }

    /// A service that accepts multipart uploads and fails at chosen requests.
    private func multipart(
        bodyCuts: [Int] = [], _ fault: @escaping @Sendable (FaultServer.Request) -> FaultServer.Reply? = { _ in nil }
    ) async throws -> FaultServer {
        let whole = bytes
        let hexadecimal = { @Sendable (bytes: [UInt8]) in
            Insecure.MD5.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        return try await FaultServer(bodyCuts: bodyCuts) { request in
            if let fault = fault(request) { return fault }
            if request.method == .POST, request.uri.hasSuffix("?uploads=") {
                return .answer(200, [], Array("<R><UploadId>up</UploadId></R>".utf8))
            }
            if request.method == .PUT {
                return .answer(200, [("etag", "\"\(hexadecimal(Array(buffer: request.body)))\"")])
            }
            if request.method == .HEAD { return .object(whole, request, tag: "opaque") }
            if request.method == .DELETE { return .answer(204) }
            return .answer(200, [], Array("<CompleteMultipartUploadResult/>".utf8))
        }
    }

    private func file(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/file"
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    @Test("only the part whose connection breaks is sent again")
    func cutPart() async throws {
        let server = try await multipart(bodyCuts: [30_000, 60_000])
        let folder = try TemporaryFolder()
        try await server.store().adopt(file: file(in: folder), as: "k")
        let parts = server.requests.filter { $0.method == .PUT }
        #expect(parts.count == 4)
        let sorted = parts.sorted { $0.uri < $1.uri }
        #expect(sorted.flatMap { Array(buffer: $0.body) } == bytes)
        #expect(folder.files() == [])
    }

    @Test("an upload that cannot be completed is aborted, and the file stays")
    func aborted() async throws {
        let server = try await multipart { request in
            request.uri.contains("partNumber=3") ? .error(403, "AccessDenied") : nil
        }
        let folder = try TemporaryFolder()
        let path = try file(in: folder)
        let error = await #expect(throws: StorageError.self) { try await server.store().adopt(file: path, as: "k") }
        #expect(error?.code == "access_denied")
        // Not necessarily the last request: the server may notice later that a part was cancelled.
        #expect(server.requests.filter { $0.method == .DELETE }.map(\.uri) == ["/films/k?uploadId=up"])
        #expect(folder.files() == ["file"])
    }

    @Test("a cancelled upload is aborted")
    func cancelled() async throws {
        let started = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let server = try await multipart { request in
            guard request.uri.contains("partNumber=") else { return nil }
            started.continuation.yield()
            return .silence
        }
        let folder = try TemporaryFolder()
        let path = try file(in: folder)
        let store = server.store()
        let task = Task { try await store.adopt(file: path, as: "k") }
        for await _ in started.stream { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.requests.last?.method == .DELETE)
        #expect(folder.files() == ["file"])
    }

    @Test("an error in the body of a 200 response to a completed upload is reported")
    func lateFailure() async throws {
        let server = try await multipart { request in
            let isFirstFinish = request.uri.hasSuffix("?uploadId=up") && request.method == .POST
            guard isFirstFinish, request.number < 6 else { return nil }
            return .error(200, "InternalError")
        }
        let folder = try TemporaryFolder()
        try await server.store().adopt(file: file(in: folder), as: "k")
        #expect(server.requests.filter { $0.uri.hasSuffix("?uploadId=up") }.count == 2)
    }

    @Test("a completed upload whose response was lost is recognized")
    func lostAnswer() async throws {
        let server = try await multipart { request in
            guard request.uri.hasSuffix("?uploadId=up"), request.method == .POST else { return nil }
            return request.number < 6 ? .hangUp : .error(404, "NoSuchUpload")
        }
        let folder = try TemporaryFolder()
        try await server.store().adopt(file: file(in: folder), as: "k")
        #expect(folder.files() == [])
    }

    @Test("the stored object is compared with the sent bytes")
    func damaged() async throws {
        let other = md5([9])
        let put = try await FaultServer { _ in .answer(200, [("etag", "\"\(other)\"")]) }
        let first = await #expect(throws: StorageError.self) { try await put.store().put([1], at: "k") }
        #expect(first?.code == "damaged")
        let folder = try TemporaryFolder()
        let path = try file(in: folder)
        let short = try await multipart { request in
            request.method == .HEAD ? .answer(200, [("content-length", "399999"), ("etag", "\"x\"")]) : nil
        }
        let second = await #expect(throws: StorageError.self) { try await short.store().adopt(file: path, as: "k") }
        #expect(second?.code == "damaged")
        let wrong = try await multipart { request in
            request.method == .HEAD ? .answer(200, [("content-length", "400000"), ("etag", "\"\(other)-4\"")]) : nil
        }
        let third = await #expect(throws: StorageError.self) { try await wrong.store().adopt(file: path, as: "k") }
        #expect(third?.code == "damaged")
        #expect(folder.files() == ["file"])
    }

    @Test("objects are deleted one by one if the service does not support deleting many", arguments: [405, 501])
    func removeEach(status: Int) async throws {
        let list = """
            <ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>v/a</Key><Size>1</Size></Contents>\
            <Contents><Key>v/.b &amp; c</Key><Size>1</Size></Contents></ListBucketResult>
            """
        let server = try await FaultServer { request in
            switch request.method {
            case .GET: .answer(200, [], Array(list.utf8))
            case .POST: .answer(status)
            default: .answer(204)
            }
        }
        try await server.store().deleteAll(in: "v")
        let removed = server.requests.filter { $0.method == .DELETE }.map(\.uri).sorted()
        #expect(removed == ["/films/v/.b%20%26%20c", "/films/v/a"])
    }
}
