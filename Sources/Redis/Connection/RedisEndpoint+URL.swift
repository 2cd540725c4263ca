internal import Ground

extension RedisEndpoint {
    /// Parses `redis://[[user]:password@]host[:port][/database]`, `rediss://…[?ca=FILE][&verify=none]` or
    /// `redis+unix:PATH[?db=NUMBER]`.
    ///
    /// `ca` names a PEM file with the certificate authorities to trust instead of the machine's; `verify=none` trusts any server.
    /// - Throws: ``RedisEndpointError``, which says which part is wrong.
    public init(parsing text: String) throws(RedisEndpointError) {
        if text.hasPrefix("redis+unix:") {
            try self.init(socket: text.dropFirst("redis+unix:".count))
        } else if text.hasPrefix("rediss://") {
            try self.init(host: text.dropFirst("rediss://".count), isSecure: true)
        } else if text.hasPrefix("redis://") {
            try self.init(host: text.dropFirst("redis://".count), isSecure: false)
        } else {
            throw RedisEndpointError("a Redis URL starts with redis://, rediss:// or redis+unix:")
        }
    }

    private init(socket text: Substring) throws(RedisEndpointError) {
        var (rest, options) = try RedisEndpoint.splitOptions(text, allowed: ["db"])
        var user: String?
        var password: String?
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            if let slash = rest.firstIndex(of: "/") {
                let path = rest[slash...]
                (user, password, rest) = try RedisEndpoint.splitCredentials(rest[..<slash])
                guard rest.isEmpty else {
                    throw RedisEndpointError("redis+unix:// is followed by the absolute path of a socket")
                }
                rest = path
            }
        }
        guard !rest.isEmpty else { throw RedisEndpointError("redis+unix: needs the path of a socket") }
        self.init(
            .unixSocket(try RedisEndpoint.decoded(rest)), user: user, password: password,
            database: try RedisEndpoint.databaseNumber(options["db"] ?? "", "db in a Redis URL is"))
    }

    private init(host text: Substring, isSecure: Bool) throws(RedisEndpointError) {
        let (whole, options) = try RedisEndpoint.splitOptions(text, allowed: isSecure ? ["ca", "verify"] : [])
        var (user, password, rest) = try RedisEndpoint.splitCredentials(whole)
        var database = 0
        if let slash = rest.firstIndex(of: "/") {
            database = try RedisEndpoint.databaseNumber(
                String(rest[rest.index(after: slash)...]), "after / a Redis URL has")
            rest = rest[..<slash]
        }
        let (host, port) = try RedisEndpoint.hostAndPort(rest)
        var tls: TLS?
        if isSecure {
            guard options["ca"]?.isEmpty != true else { throw RedisEndpointError("ca in a Redis URL names a file") }
            guard ["full", "none"].contains(options["verify"] ?? "full") else {
                throw RedisEndpointError("verify in a Redis URL is full or none")
            }
            tls = TLS(authorityFile: options["ca"], verifies: options["verify"] != "none")
        }
        self.init(.tcp(host: host, port: port), user: user, password: password, database: database, tls: tls)
    }

    private static func splitCredentials(
        _ text: Substring
    ) throws(RedisEndpointError) -> (user: String?, password: String?, rest: Substring) {
        guard let at = text.lastIndex(of: "@") else { return (nil, nil, text) }
        let parts = text[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw RedisEndpointError("before @ a Redis URL has user:password") }
        return (
            parts[0].isEmpty ? nil : try decoded(parts[0]), try decoded(parts[1]), text[text.index(after: at)...]
        )
    }

    /// Splits the options after `?` off. A password may contain a `?`, so only the text after the last `@` is searched.
    private static func splitOptions(
        _ text: Substring, allowed: Set<String>
    ) throws(RedisEndpointError) -> (rest: Substring, options: [String: String]) {
        let start = text.lastIndex(of: "@") ?? text.startIndex
        guard let mark = text[start...].firstIndex(of: "?") else { return (text, [:]) }
        var options: [String: String] = [:]
        for option in text[text.index(after: mark)...].split(separator: "&") {
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard allowed.contains(name) else {
                let known = allowed.isEmpty ? "no options" : "the options " + allowed.sorted().joined(separator: ", ")
                throw RedisEndpointError("a Redis URL of this kind has \(known)")
            }
            options[name] = parts.count == 2 ? try decoded(parts[1]) : ""
        }
        return (text[..<mark], options)
    }

    private static func databaseNumber(_ digits: String, _ place: String) throws(RedisEndpointError) -> Int {
        guard digits.isEmpty || UInt16(digits) != nil else {
            throw RedisEndpointError("\(place) the number of a database")
        }
        return Int(digits) ?? 0
    }

    private static func hostAndPort(_ text: Substring) throws(RedisEndpointError) -> (String, Int) {
        var host = text
        var port: Substring = "6379"
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            if tail.hasPrefix(":") { port = tail.dropFirst() }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty else { throw RedisEndpointError("a Redis URL names a host") }
        guard let number = UInt16(port), number > 0 else { throw RedisEndpointError("a port is 1…65535") }
        return (String(host), Int(number))
    }

    /// Decodes percent-encoding.
    private static func decoded(_ text: Substring) throws(RedisEndpointError) -> String {
        guard let text = PercentEncoding.decode(text) else {
            throw RedisEndpointError(
                "a % in a Redis URL is followed by two hexadecimal digits, of bytes that are UTF-8")
        }
        return text
    }
}
