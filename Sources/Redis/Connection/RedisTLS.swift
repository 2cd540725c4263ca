import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The TLS context of a client: loaded once from its files and shared by all connections.
final class RedisTLS: Sendable {
    private let settings: RedisEndpoint.TLS
    /// The name that the certificate must have; `nil` if the endpoint is an IP address, which is then compared.
    private let hostname: String?
    private let context = Mutex<NIOSSLContext?>(nil)

    init?(_ endpoint: RedisEndpoint) {
        guard let settings = endpoint.tls, case .tcp(let host, _) = endpoint.address else { return nil }
        self.settings = settings
        hostname = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    /// Loads the certificates on first use; after a failure, the next call tries again.
    /// - Throws: ``RedisFailure`` with `.untrusted`; `CancellationError`.
    func prepare() async throws -> NIOSSLContext {
        if let ready = context.withLock({ $0 }) { return ready }
        let settings = settings
        do {
            // Reading and parsing files blocks.
            let loaded = try await NIOThreadPool.singleton.runIfActive { try Self.makeContext(settings) }
            context.withLock { $0 = loaded }
            return loaded
        } catch let error as CancellationError {
            throw error
        } catch {
            let file = settings.authorityFile.map { "the certificate file \($0)" } ?? "this machine's root certificates"
            throw RedisFailure(.untrusted, "TLS: cannot use \(file)")
        }
    }

    /// Creates the TLS handler of one connection.
    func makeHandler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: hostname)
    }

    private static func makeContext(_ settings: RedisEndpoint.TLS) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.authorityFile {
            // Read here: NIOSSL would report a missing file only as an untrusted certificate.
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
        }
        if !settings.verifies { configuration.certificateVerification = .none }
        return try NIOSSLContext(configuration: configuration)
    }
}

extension RedisFailure {
    /// Creates the failure of a TLS handshake; `nil` for an error of another kind.
    init?(handshake error: any Error) {
        switch error {
        case is NIOSSLExtraError:
            self.init(.untrusted, "TLS: the server's certificate is for another name")
        case NIOSSLError.handshakeFailed(let cause):
            let words = "\(cause)"
            if words.contains("CERTIFICATE_VERIFY_FAILED") {
                self.init(.untrusted, "TLS: the server's certificate is not trusted; name its authority with ?ca=FILE")
            } else if words.contains("WRONG_VERSION_NUMBER") || words.contains("HTTP_REQUEST") {
                self.init(.untrusted, "TLS: the server does not speak TLS on this port")
            } else if words.contains("CERTIFICATE_REQUIRED") {
                self.init(.untrusted, "TLS: the server wants a client's certificate, which is not supported")
            } else {
                self.init(.untrusted, "TLS: no secure connection: \(words.prefix(200))")
            }
        default: return nil
        }
    }
}
