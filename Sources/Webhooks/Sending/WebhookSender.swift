internal import Crypto
internal import Ground
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// How endpoints are reached: permitted addresses, lookups and time limits.
public struct WebhookSettings: Sendable {
    /// Whether `http` endpoints are permitted, without TLS.
    public var allowsPlain = false
    /// Which addresses may be connected to.
    public var addresses = AddressGuard()
    /// Finds addresses of names.
    public var resolver = Resolver.system
    /// How many names are looked up at a time, and for how long.
    public var lookups = NameLookups.Limits()
    /// How long connecting may take.
    public var connectTimeout: Duration = .seconds(5)
    /// How long an attempt may take, from the lookup to the end of the answer.
    public var timeout: Duration = .seconds(10)

    /// TLS only, public addresses only, 5 seconds to connect, 10 seconds for an attempt.
    public init() {}
}

/// Sends single requests to endpoints, each over a connection of its own to an address that was checked before.
///
/// The name is looked up once; all of its addresses are checked, and the first is connected to. TLS checks the certificate
/// against the name. There are no redirects, proxies, decompression or connections that are used again.
///
/// AsyncHTTPClient is not used. It takes the address for a name (`dnsOverride`) and the TLS contexts per client, so each
/// delivery would need a client of its own, which reads this machine's root certificates for its first TLS connection.
/// A debug build took about 80 ms and 1 MB for each delivery on a busy machine of two cores. Here all deliveries share one
/// context.
struct WebhookSender: Sendable {
    let settings: WebhookSettings
    private let group = MultiThreadedEventLoopGroup.singleton
    private let context: NIOSSLContext
    private let lookups: NameLookups

    init(_ settings: WebhookSettings) throws {
        self.settings = settings
        lookups = NameLookups(settings.resolver, limits: settings.lookups)
        context = try NIOSSLContext(configuration: .makeClientConfiguration())
    }

    /// Sends a body; redirects are not followed.
    /// - Parameter account: Whose endpoint it is; the lookup counts for its limit.
    func post(_ body: String, to url: String, of account: String, headers: [(String, String)]) async -> Attempt {
        do {
            let url = try EndpointURL(url, allowsPlain: settings.allowsPlain, addresses: settings.addresses)
            return .answered(try await answer(body, url, account, headers))
        } catch NameLookups.Refusal.crowded {
            return .notBegun("the host name waits to be looked up")
        } catch {
            return .failed(Self.reason(error))
        }
    }

    private func answer(
        _ body: String, _ url: EndpointURL, _ account: String, _ headers: [(String, String)]
    ) async throws -> Int {
        let loop = group.next()
        let answer = loop.makePromise(of: Int.self)
        let timer = loop.scheduleTask(in: TimeAmount(settings.timeout)) { answer.fail(Late()) }
        defer { timer.cancel() }
        // In a separate task, so that the time limit also holds for a lookup that hangs.
        let sending = Task {
            do {
                try await send(body, url, account, headers, answer).closeFuture.get()
            } catch { answer.fail(error) }
        }
        defer { sending.cancel() }
        return try await answer.futureResult.get()
    }

    private func send(
        _ body: String, _ url: EndpointURL, _ account: String, _ headers: [(String, String)],
        _ answer: EventLoopPromise<Int>
    ) async throws -> any Channel {
        let found = try await lookups.addresses(of: url.host, port: url.port, for: account)
        // One forbidden address is enough to refuse the name.
        for address in found {
            guard let text = address.ipAddress, let number = IPAddress(text), settings.addresses.allows(number) else {
                throw EndpointURL.Fault.address
            }
        }
        guard let address = found.first else { throw NoAddress() }
        try Task.checkCancellation()
        let buffer = ByteBuffer(string: body)
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: url.target)
        head.headers = HTTPHeaders(
            [
                ("Host", url.hostHeader), ("Content-Type", "application/json"),
                ("Content-Length", "\(buffer.readableBytes)"), ("User-Agent", "videohost-webhooks/1"),
                ("Accept", "*/*"), ("Connection", "close"),
            ] + headers)
        let request = head
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(settings.connectTimeout))
            .channelInitializer { [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if url.isSecure {
                        let name = IPAddress(url.host) == nil ? url.host : nil
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(PostHandler(request, body: buffer, answer: answer))
                }
            }
            .connect(to: address).get()
        // However the attempt ends, its connection is closed.
        answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
        return channel
    }

    private struct Late: Error {}
    private struct NoAddress: Error {}

    /// Why there was no answer, in words for the endpoint's owner that tell nothing of this machine's network.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case EndpointURL.Fault.address: "the address is not allowed"
        case let fault as EndpointURL.Fault: "the URL is not allowed: \(fault.rawValue)"
        case is NameLookups.Refusal: "the host name could not be looked up in time"
        case is Late, ChannelError.connectTimeout: "no answer in time"
        case is NoAddress, is SocketAddressError: "the host name is not known"
        case is IOError: "no connection"
        case ChannelError.eof: "the connection was closed before the answer"
        case is NIOSSLError, is NIOSSLExtraError: "no secure connection"
        case is HTTPParserError: "the answer is not HTTP"
        default: "the request failed"
        }
    }
}

/// The signature of a delivery: `t=<seconds>,v1=<hex HMAC-SHA256 of "t.body">`.
public enum Signature {
    /// The value of the header `Videohost-Signature`.
    /// - Parameters:
    ///   - body: The bytes as they are sent.
    ///   - secret: The endpoint's secret; its text is the key.
    ///   - seconds: Seconds since 1970; receivers refuse a signature that is too old.
    public static func header(body: String, secret: String, seconds: Int64) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).\(body)".utf8), using: key)
        return "t=\(seconds),v1=\(Hexadecimal.text(code))"
    }

    /// A new secret: `whsec_` and 256 random bits in hexadecimal digits.
    public static func makeSecret() -> String {
        "whsec_" + RandomText.hexadecimal(byteCount: 32)
    }
}
