/// Where a PostgreSQL database is and who asks for it, as `postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=require`.
///
/// A Unix socket is named by its folder: `postgres:///NAME?host=/run/postgresql`. Letters with a meaning in an address are
/// written `%XX`. What is left out is the client library's default: the system's user, port 5432, `sslmode=prefer`, a
/// password from `~/.pgpass`.
public struct PostgreSQLEndpoint: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// Name or address of the server, or the folder of its socket.
    public let host: String
    /// The server's port.
    public let port: UInt16
    /// Who connects; `nil` for the system's user.
    public let user: String?
    /// The database's name.
    public let database: String
    /// Other words of libpq, such as `sslmode`.
    public let options: [String: String]
    let password: String?

    /// What may follow the `?`.
    private static let known: Set<String> = [
        "application_name", "connect_timeout", "host", "options", "port", "sslcert", "sslkey", "sslmode", "sslrootcert",
        "target_session_attrs", "user",
    ]
    private static let sslModes: Set<String> = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// Reads an address.
    /// - Throws: ``SQLFailure`` with code `invalidURL`; the message repeats nothing that could be a password.
    public init(_ text: String) throws {
        guard let scheme = text.firstRange(of: "://"),
            ["postgres", "postgresql"].contains(text[..<scheme.lowerBound])
        else { throw Self.invalid("it does not begin with postgres://") }
        guard !text.contains("#") else { throw Self.invalid("a # is written %23") }
        let (address, query) = Self.cut(text[scheme.upperBound...], at: "?")
        guard let slash = address.firstIndex(of: "/") else { throw Self.invalid("it names no database") }
        let authority = address[..<slash]
        database = try Self.decoded(address[address.index(after: slash)...], "the name of the database")
        guard !database.isEmpty else { throw Self.invalid("it names no database") }
        guard !database.contains("/") else { throw Self.invalid("a / in the name of the database is written %2F") }

        var options = try Self.options(query ?? "")
        var (user, password): (String?, String?) = (nil, nil)
        var place = authority
        if let at = authority.lastIndex(of: "@") {
            let (name, secret) = Self.cut(authority[..<at], at: ":")
            user = try Self.decoded(name, "the user")
            password = try secret.map { try Self.decoded($0, "the password") }
            place = authority[authority.index(after: at)...]
        }
        let (host, port) = try Self.place(place)
        self.user = options.removeValue(forKey: "user") ?? user.flatMap { $0.isEmpty ? nil : $0 }
        self.password = password.flatMap { $0.isEmpty ? nil : $0 }
        self.host = options.removeValue(forKey: "host") ?? (host.isEmpty ? "localhost" : host)
        guard let number = UInt16(options.removeValue(forKey: "port") ?? port ?? "5432"), number > 0 else {
            throw Self.invalid("the port is no number from 1 to 65535")
        }
        self.port = number
        guard !self.host.isEmpty, !self.host.contains(",") else { throw Self.invalid("it has to name one host") }
        if let mode = options["sslmode"], !Self.sslModes.contains(mode) {
            throw Self.invalid("sslmode is one of \(Self.sslModes.sorted().joined(separator: ", "))")
        }
        if let seconds = options["connect_timeout"], !(Int(seconds).map { (1...3600).contains($0) } ?? false) {
            throw Self.invalid("connect_timeout is a number of seconds from 1 to 3600")
        }
        self.options = options
    }

    /// The address without its password.
    public var description: String {
        let name = user.map { "\($0)@" } ?? ""
        return host.hasPrefix("/")
            ? "postgres://\(name)/\(database)?host=\(host)" : "postgres://\(name)\(host):\(port)/\(database)"
    }

    /// Shows no password to `dump` either.
    public var customMirror: Mirror { Mirror(self, children: ["address": description]) }

    private static func options(_ query: Substring) throws -> [String: String] {
        var options: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let (name, value) = cut(pair, at: "=")
            guard known.contains(String(name)) else {
                throw invalid("what may follow the ? is \(known.sorted().joined(separator: ", "))")
            }
            guard let value, !value.isEmpty, options[String(name)] == nil else {
                throw invalid("\(name) needs one value")
            }
            options[String(name)] = try decoded(value, String(name))
        }
        return options
    }

    /// Host and port of `host`, `host:1`, `[::1]` or `[::1]:1`.
    private static func place(_ text: Substring) throws -> (host: String, port: String?) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw invalid("a [ has no ]") }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw invalid("only a port may follow the ]") }
            return (String(text[..<end].dropFirst()), rest.isEmpty ? nil : String(rest.dropFirst()))
        }
        let (host, port) = cut(text, at: ":")
        return (try decoded(host, "the host"), port.map(String.init))
    }

    private static func cut(_ text: Substring, at mark: Character) -> (Substring, Substring?) {
        guard let position = text.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<position], text[text.index(after: position)...])
    }

    /// A part with its `%XX` resolved.
    private static func decoded(_ text: Substring, _ part: String) throws -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            else { throw invalid("\(part) has a % that two hexadecimal digits should follow; a % is written %25") }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        guard let result = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw invalid("\(part) is not UTF-8 text")
        }
        return result
    }

    private static func invalid(_ reason: String) -> SQLFailure {
        SQLFailure(
            .invalidURL,
            "The address of the database cannot be used: \(reason). Write postgres://USER:PASSWORD@HOST:PORT/NAME, or "
                + "postgres://USER@/NAME?host=/run/postgresql for a socket.")
    }
}
