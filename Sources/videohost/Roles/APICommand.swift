import ArgumentParser

/// Serves the API and the web pages; any number of processes may run behind a load balancer.
struct APICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "Serve the API, the media and the web pages; workers run elsewhere.",
        discussion: """
            Any number may run on the same database, Redis and store. Unfinished uploads lie in the data folder: give all \
            of them the same one on a shared file system, or send each client always to the same process.
            """)

    @OptionGroup var backends: BackendOptions
    @OptionGroup var listening: ListenOptions
    @OptionGroup var uploads: UploadOptions
    @OptionGroup var accounts: AccountOptions
    @OptionGroup var webhooks: WebhookOptions
    @OptionGroup var encoding: EncodingOptions
    @OptionGroup var children: MediaChildOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let logger = log.bootstrap()
        try backends.requireShared(for: "api")
        try await Node.run(
            backends, encoding: encoding, children: children, schema: .check, port: listening.port, logger: logger
        ) { node in
            try await APIRole(node, listening, uploads, accounts, webhooks).services
        }
    }
}
