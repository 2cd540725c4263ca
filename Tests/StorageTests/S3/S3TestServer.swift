import Foundation
import NIOPosix
import Storage
import Synchronization
import Testing

/// An independent S3-style server, one for each test process, with boto3 as a second client.
final class S3TestServer: Sendable {
    static let bucket = "test-bucket"
    static let credentials = S3Credentials(accessKeyID: "test-key", secretAccessKey: "test-secret")
    private static let moto = Task { try await S3TestServer.start("moto") }
    private static let rclone = Task { try await S3TestServer.start("rclone") }

    let port: Int
    private let conversation: Conversation
    private let process: Process

    private final class Conversation: Sendable {
        private let input: FileHandle
        private let output: FileHandle
        private let turn = Mutex(())

        init(_ input: FileHandle, _ output: FileHandle) {
            self.input = input
            self.output = output
        }

        func ask(_ line: Data) throws -> Data {
            try turn.withLock { _ in
                try input.write(contentsOf: line)
                return try self.line()
            }
        }

        func line() throws -> Data {
            var line = Data()
            while let byte = try output.read(upToCount: 1), byte.first != UInt8(ascii: "\n") {
                guard !byte.isEmpty else { throw Failure(description: "the S3 test server ended") }
                line += byte
            }
            return line
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The running server of a kind; started on first use.
    static func running(_ kind: StoreKind) async throws -> S3TestServer {
        try await (kind == .rclone ? rclone : moto).value
    }

    private static func start(_ kind: String) async throws -> S3TestServer {
        try await NIOThreadPool.singleton.runIfActive { try S3TestServer(kind) }
    }

    private init(_ kind: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let python =
            ProcessInfo.processInfo.environment["VIDEOHOST_TEST_PYTHON"]
            // The path is not resolved: that would follow the link to the system's Python, which lacks the packages.
            ?? tests.deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: ".setup/venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Failure(
                description: "no Python at \(python): run scripts/setup.sh test, or set VIDEOHOST_TEST_PYTHON")
        }
        let (input, output) = (Pipe(), Pipe())
        process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [tests.appending(path: "Python/s3_server.py").path, kind]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let talk = Conversation(input.fileHandleForWriting, output.fileHandleForReading)
        guard let ready = try JSONSerialization.jsonObject(with: talk.line()) as? [String: Int],
            let port = ready["port"]
        else { throw Failure(description: "the S3 test server did not say where it is") }
        self.port = port
        conversation = talk
    }

    /// A store in an unused folder of the bucket.
    func store(
        prefix: String = "t-\(UUID().uuidString)", scratch: ScratchCache? = nil,
        _ change: (inout S3Settings) -> Void = { _ in }
    ) -> S3Store {
        var settings = S3Settings()
        settings.partSize = 5 << 20
        change(&settings)
        let location = S3Location(
            bucket: Self.bucket, prefix: prefix, scheme: "http", authority: "127.0.0.1:\(port)", region: "us-east-1",
            style: .path)
        return S3Store(location, credentials: Self.credentials, scratch: scratch, settings: settings)
    }

    /// A result of boto3; see `Python/s3_server.py`.
    func boto3(_ command: [String: String]) async throws -> BotoAnswer {
        let line = try JSONEncoder().encode(command) + Data("\n".utf8)
        return try await NIOThreadPool.singleton.runIfActive { [conversation] in
            try JSONDecoder().decode(BotoAnswer.self, from: conversation.ask(line))
        }
    }
}

/// The text of boto3.
struct BotoAnswer: Codable, Sendable {
    var size: Int?
    var sha256: String?
    var etag: String?
    var missing: Bool?
    var count: Int?
    var error: String?
}

/// The kinds of store that are tested.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case local
    case moto
    case rclone

    var testDescription: String { rawValue }

    /// A new, empty store; its local files are in a folder that must outlive it.
    func make(in folder: TemporaryFolder) async throws -> any ObjectStore {
        switch self {
        case .local: return try LocalObjectStore(root: folder.path + "/objects")
        case .moto, .rclone:
            let scratch = try ScratchCache(folder: folder.path + "/scratch", limit: 64 << 20)
            return try await S3TestServer.running(self).store(scratch: scratch)
        }
    }
}
