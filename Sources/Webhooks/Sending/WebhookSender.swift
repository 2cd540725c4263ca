internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// How endpoints are reached.
public struct WebhookSettings: Sendable {
    /// Whether endpoints may be spoken to without TLS.
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

    /// The usual: TLS, public addresses, 5 and 10 seconds.
    public init() {}
}

/// Sends single requests to endpoints, each over a connection of its own to an address that was judged before.
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
    /// - Parameter account: Whose endpoint it is; its share of the lookups is used.
    func post(_ body: String, to url: String, of account: String, headers: [(String, String)]) async -> Attempt {
        do {
            let url = try EndpointURL(url, allowsPlain: settings.allowsPlain, addresses: settings.addresses)
            return .answered(try await answer(body, url, account, headers))
        } catch NameLookups.Refusal.crowded {
            return .notBegun("the host name waits to be looked up")
        } catch {
            return .failed(Self.words(error))
        }
    }

    private func answer(
        _ body: String, _ url: EndpointURL, _ account: String, _ headers: [(String, String)]
    ) async throws -> Int {
        let loop = group.next()
        let answer = loop.makePromise(of: Int.self)
        let timer = loop.scheduleTask(in: TimeAmount(settings.timeout)) { answer.fail(Late()) }
        defer { timer.cancel() }
        // On a task of its own, so that a lookup that hangs does not keep the time-out waiting.
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
        // All must be open: a name that also leads inside is not to be trusted with the rest.
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
        // Whatever ends the attempt, the connection ends with it.
        answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
        return channel
    }

    private struct Late: Error {}
    private struct NoAddress: Error {}

    /// Why there was no answer, for the endpoint's owner: nothing about this machine's network but what they said themselves.
    private static func words(_ error: any Error) -> String {
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
