import API
import ArgumentParser
import Foundation

/// Where the API listens, and the web pages it serves.
struct ListenOptions: ParsableArguments {
    @Option(help: "The address to listen on.")
    var host: String = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int = 8080

    @Option(help: "The folder with the web pages.")
    var web: String?

    @Flag(help: "Serve the sources of the web pages as they are, and read them again for each request.")
    var webDev = false

    @Option(
        help: ArgumentHelp(
            "The address under which visitors reach this server; else PUBLIC_URL, else what each request asks for.",
            valueName: "url"))
    var publicURL: String?

    @Option(
        help: ArgumentHelp(
            "Sites that may show videos in a frame: sources of the policy frame-ancestors; 'none' for no site.",
            valueName: "sources"))
    var embedAncestors = "*"

    @Option(
        help: ArgumentHelp(
            "Name local objects to nginx below this internal location (X-Accel-Redirect) instead of sending them.",
            valueName: "prefix"))
    var accelRedirect: String?

    @OptionGroup var clients: ClientOptions

    @Option(help: "Cost of a password hash, 4…16; each step doubles the time.")
    var bcryptCost: Int = 12

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0…65535") }
        try clients.checkHosts(listeningOn: host)
        guard publicAddress.map({ Self.isOrigin($0) }) ?? true else {
            throw ValidationError("--public-url must be like https://videos.example.org, without a path")
        }
        guard Self.areAncestors(embedAncestors) else {
            throw ValidationError(
                "--embed-ancestors must be sources such as \"https://example.org 'self'\", or 'none' alone")
        }
        guard (4...16).contains(bcryptCost) else { throw ValidationError("--bcrypt-cost must be 4…16") }
        guard accelRedirect.map({ AccelRedirect(prefix: $0) != nil }) ?? true else {
            throw ValidationError("--accel-redirect must be a path of its own, such as /_media/")
        }
    }

    /// Whether a text is a source list of `frame-ancestors` (Content Security Policy Level 3, section 6.4.2): `*`, `'none'` or
    /// `'self'`, schemes and origins; `'none'` only alone, because browsers ignore it beside others.
    private static func areAncestors(_ text: String) -> Bool {
        let sources = text.split(separator: " ")
        guard !sources.isEmpty else { return false }
        if sources == ["'none'"] || sources == ["*"] { return true }
        // A scheme that pages can have, or a host with or without scheme, wildcard and port.
        let ancestor =
            #/
            https?: | (https?://)? ( (\*\.)?[A-Za-z0-9\-.]+ | \[[0-9A-Fa-f:]+\] ) ( : ([0-9]+ | \*) )?
            /#
        return sources.allSatisfy { $0 == "'self'" || $0.wholeMatch(of: ancestor) != nil }
    }

    /// The web pages; `nil` if there are none.
    var webPages: WebConfiguration? {
        webFolder.map {
            WebConfiguration(
                folder: $0, isDevelopment: webDev, publicURL: publicAddress, embedAncestors: embedAncestors)
        }
    }

    /// The address of this server without a slash at its end.
    private var publicAddress: String? {
        let address = publicURL ?? ProcessInfo.processInfo.environment["PUBLIC_URL"] ?? ""
        return address.isEmpty ? nil : address.hasSuffix("/") ? String(address.dropLast()) : address
    }

    /// Whether a text is a scheme and a host, with or without a port.
    private static func isOrigin(_ text: String) -> Bool {
        text.wholeMatch(of: /https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/) != nil
    }

    /// The folder with the web pages: the one named, or `web` beside the working folder or the program.
    private var webFolder: String? {
        if let web { return web }
        let beside = URL(fileURLWithPath: OwnExecutable.path).deletingLastPathComponent().path
        return ["./web", beside + "/web", beside + "/../share/videohost/web"]
            .first { FileManager.default.fileExists(atPath: $0 + "/templates") }
    }
}

/// Who may ask, and how much at a time.
struct ClientOptions: ParsableArguments {
    @Option(
        help: "How many reverse proxies of yours each request passes; as many entries of X-Forwarded-For are trusted.")
    var trustedProxies: Int = 0

    @Option(help: "Most connections of an address at a time (IPv6: of a /64); behind proxies, requests and sockets.")
    var connectionsPerAddress: Int = 512

    @Option(
        help: ArgumentHelp(
            """
            Host names under which this server answers, comma-separated; localhost is always one. If absent: only \
            localhost where --host is a loopback address and no proxy is trusted, else every name.
            """, valueName: "names"))
    var allowedHosts: String?

    func validate() throws {
        guard (0...8).contains(trustedProxies) else { throw ValidationError("--trusted-proxies must be 0…8") }
        guard (1...1_000_000).contains(connectionsPerAddress) else {
            throw ValidationError("--connections-per-address must be 1…1000000")
        }
    }

    /// The host names of a server that listens on `host`; `nil` if a name is invalid.
    func hosts(listeningOn host: String) -> AllowedHosts? {
        AllowedHosts(
            (allowedHosts ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) },
            listeningOn: host, isBehindProxies: trustedProxies > 0)
    }

    func checkHosts(listeningOn host: String) throws {
        let names = allowedHosts?.allSatisfy { $0 == "," || $0.isWhitespace } ?? false ? nil : hosts(listeningOn: host)
        guard names != nil else {
            throw ValidationError("--allowed-hosts must be one or more names without ports, such as videos.example.org")
        }
    }

    /// Puts the options into a configuration, whose `host` is set.
    func apply(to configuration: inout APIConfiguration) {
        configuration.trustedProxies = trustedProxies
        configuration.connectionsPerAddress = connectionsPerAddress
        configuration.allowedHosts = hosts(listeningOn: configuration.host) ?? configuration.allowedHosts
    }
}

/// Limits of uploads.
struct UploadOptions: ParsableArguments {
    @Option(help: "Bytes of the largest upload.")
    var maxUpload: Int64 = 50 << 30

    @Option(
        help:
            "Bytes of disk space that stay free; uploads, drafts and captions that would use them are refused (507)."
    )
    var reserve: Int64 = 1 << 30

    @Option(help: "Seconds without a new byte until an unfinished upload is deleted.")
    var uploadLifetime: Int = 24 * 3600

    func validate() throws {
        guard maxUpload > 0 else { throw ValidationError("--max-upload must be above 0") }
        guard uploadLifetime > 0 else { throw ValidationError("--upload-lifetime must be above 0") }
    }
}

/// Lines on standard output that tell the starting process the addresses and the worker's name.
enum Announcement {
    /// Prints a line at once, also into a pipe.
    static func print(_ line: String) {
        Swift.print(line)
        try? FileHandle.standardOutput.synchronize()
        fflush(nil)
    }
}
