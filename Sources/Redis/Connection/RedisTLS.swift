import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The settings of TLS, read once from their files and shared by all connections of a client.
final class RedisTLS: Sendable {
    private let settings: RedisEndpoint.TLS
    /// The name that the certificate must have; `nil` for an IP address, which is compared itself.
    private let hostname: String?
    private let context = Mutex<NIOSSLContext?>(nil)

    init?(_ endpoint: RedisEndpoint) {
        guard let settings = endpoint.tls, case .tcp(let host, _) = endpoint.address else { return nil }
        self.settings = settings
        hostname = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    /// Reads certificates where that has not been done; files that were unreadable are tried again each time.
    func prepare() async throws -> NIOSSLContext {
        if let ready = context.withLock({ $0 }) { return ready }
        let settings = settings
        do {
            // Files and their parsing block.
            let made = try await NIOThreadPool.singleton.runIfActive { try Self.makeContext(settings) }
            context.withLock { $0 = made }
            return made
        } catch let error as CancellationError {
            throw error
        } catch {
            let file = settings.authorityFile.map { "the certificate file \($0)" } ?? "this machine's root certificates"
            throw RedisFailure(.untrusted, "TLS: cannot use \(file)")
        }
    }

    /// The handler that speaks TLS on one connection.
    func makeHandler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: hostname)
    }

    private static func makeContext(_ settings: RedisEndpoint.TLS) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file = settings.authorityFile {
            // Read here, because a missing file given by name is noticed only as a certificate that nobody trusts.
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
        }
        if !settings.verifies { configuration.certificateVerification = .none }
        return try NIOSSLContext(configuration: configuration)
    }
}

extension RedisFailure {
    /// What went wrong before a secure connection stood; `nil` for an error of another kind.
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
