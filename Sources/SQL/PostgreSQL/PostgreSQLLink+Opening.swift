internal import CPostgres
internal import Ground

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension PostgreSQLLink {
    /// Connects; blocks until that is done or has taken too long.
    /// - Throws: ``SQLFailure`` with code `unavailable`, `busy`, `accessDenied` or `notFound`.
    static func open(_ endpoint: PostgreSQLEndpoint, _ configuration: PostgreSQLConfiguration) throws -> PostgreSQLLink
    {
        let place = "\(endpoint)"
        guard let pointer = start(endpoint.words(configuration)) else {
            throw SQLFailure(.unavailable, "There is no memory for a connection to \(place).")
        }
        let link = PostgreSQLLink(pointer, place: place, statementCacheSize: configuration.statementCacheSize)
        // With it the sentence about a refused connection has the state in it, which no language changes.
        PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
        let timeout = endpoint.options["connect_timeout"].flatMap { Int($0) }.map { Duration.seconds($0) }
        let deadline = ContinuousClock.now + (timeout ?? configuration.connectTimeout)
        var step = PQstatus(pointer) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
        while step != PGRES_POLLING_OK {
            guard step != PGRES_POLLING_FAILED else { throw refusal(pointer, endpoint) }
            guard ready(PQsocket(pointer), toWrite: step == PGRES_POLLING_WRITING, before: deadline) else {
                throw SQLFailure(postgreSQL: "", "it does not answer in time", at: place)
            }
            step = PQconnectPoll(pointer)
        }
        PQsetErrorVerbosity(pointer, PQERRORS_DEFAULT)
        // Notices would go to standard error.
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        try link.settle(configuration)
        return link
    }

    /// Sets what every transaction relies on.
    private func settle(_ configuration: PostgreSQLConfiguration) throws {
        func milliseconds(_ duration: Duration) -> SQLValue { .text("\(max(1, duration.milliseconds))") }
        let rows = try run(
            """
            SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),
                set_config('idle_in_transaction_session_timeout', $3, false),
                set_config('bytea_output', 'hex', false), set_config('extra_float_digits', '1', false),
                CASE WHEN current_setting('synchronous_commit') = 'off'
                    THEN set_config('synchronous_commit', 'on', false) END,
                current_setting('server_encoding') AS encoding
            """,
            [
                milliseconds(configuration.statementTimeout), milliseconds(configuration.lockTimeout),
                milliseconds(configuration.statementTimeout * 2),
            ]
        ).rows()
        let encoding = try rows.first?.text("encoding") ?? ""
        guard encoding == "UTF8" else {
            throw SQLFailure(.misuse, "The database \(place) keeps \(encoding): create it with ENCODING 'UTF8'.")
        }
    }

    private static func start(_ words: [(name: String, value: String)]) -> OpaquePointer? {
        let names = words.map { strdup($0.name) } + [nil]
        let values = words.map { strdup($0.value) } + [nil]
        defer { for pointer in names + values { free(pointer) } }
        return PQconnectStartParams(names.map { UnsafePointer($0) }, values.map { UnsafePointer($0) }, 0)
    }

    /// Waits until a socket can be read or written.
    private static func ready(_ socket: Int32, toWrite: Bool, before deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline).milliseconds
            guard left > 0 else { return false }
            var entry = pollfd(fd: socket, events: Int16(toWrite ? POLLOUT : POLLIN), revents: 0)
            let count = poll(&entry, 1, Int32(clamping: left))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }

    /// Why there is no connection: `… FATAL:  28P01: password authentication failed …` by the server's own word, anything
    /// else because it cannot be reached.
    private static func refusal(_ pointer: OpaquePointer, _ endpoint: PostgreSQLEndpoint) -> SQLFailure {
        var text = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
        if let password = endpoint.password { text = text.replacing(password, with: "…") }
        let lines = text.split(whereSeparator: \.isNewline)
        for line in lines {
            for part in line.split(separator: " ") where part.count == 6 && part.last == ":" {
                let state = part.dropLast()
                guard state.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) }),
                    state.contains(where: \.isNumber)
                else { continue }
                let reason = line[part.endIndex...].drop { $0 == " " }
                return SQLFailure(postgreSQL: String(state), String(reason), at: "\(endpoint)")
            }
        }
        return SQLFailure(postgreSQL: "", lines.first.map(String.init) ?? "no answer", at: "\(endpoint)")
    }
}

extension PostgreSQLEndpoint {
    /// Everything libpq is told; what is said here it does not look for in the environment.
    fileprivate func words(_ configuration: PostgreSQLConfiguration) -> [(name: String, value: String)] {
        var words = [
            "application_name": "videohost", "client_encoding": "UTF8", "keepalives": "1", "keepalives_idle": "30",
            "keepalives_interval": "10", "keepalives_count": "3", "sslmode": "prefer",
            "tcp_user_timeout": "\(configuration.networkTimeout.milliseconds)",
        ]
        words.merge(options) { _, own in own }
        words["connect_timeout"] = nil
        words["host"] = host
        words["port"] = "\(port)"
        words["dbname"] = database
        words["user"] = user
        words["password"] = password
        return words.map { ($0.key, $0.value) }
    }
}
