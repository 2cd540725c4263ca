import ArgumentParser
import Jobs

/// Runs everything in one process: the API, the web pages, rooms and a worker pool.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run everything on this machine, without any other service.")

    @OptionGroup var backends: BackendOptions
    @OptionGroup var listening: ListenOptions
    @OptionGroup var uploads: UploadOptions
    @OptionGroup var accounts: AccountOptions
    @OptionGroup var webhooks: WebhookOptions
    @OptionGroup var rooms: RoomOptions

    @Option(help: "Media processes at a time.")
    var slots: Int = EncodingOptions.defaultSlots

    @OptionGroup var encoding: EncodingOptions
    @OptionGroup var children: MediaChildOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...256).contains(slots) else { throw ValidationError("--slots must be 1…256") }
    }

    func run() async throws {
        let logger = log.bootstrap()
        try await Node.run(
            backends, encoding: encoding, children: children, slots: slots, schema: .migrate, port: listening.port,
            logger: logger
        ) {
            node in
            let api = try await APIRole(node, listening, uploads, accounts, webhooks, rooms: rooms)
            // The data folder is locked, so tasks of a worker of this name are from an earlier run.
            var worker = Worker.Configuration(name: "local", slots: slots)
            worker.reclaimsOwnTasks = backends.databaseURL == nil
            if backends.databaseURL != nil { worker.name = WorkerName.make() }
            return [node.reconciler, node.worker(worker)] + api.services
        }
    }
}
