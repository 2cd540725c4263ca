import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs the process of a role: opens the backends, runs services until a signal, closes the backends.
enum ProcessLifecycle {
    /// Opens the backends and runs the services that `make` creates.
    ///
    /// The first signal shuts down gracefully, the second one exits immediately: then other workers take over its tasks when
    /// their leases have expired.
    /// - Throws: ``StartupFailure``.
    static func run(
        _ options: BackendOptions, schema: Backends.SchemaStep, port: Int?, logger: Logger,
        make: (Backends, ScratchFolder) async throws -> [any Service]
    ) async throws {
        do {
            let folder = try DataFolder(creating: options.data)
            for path in folder.tightened {
                logger.info("other users had access; it was removed", metadata: ["path": "\(path)"])
            }
            let scratch = try ScratchFolder(in: options.scratch ?? folder.scratch)
            defer { scratch.remove() }
            let backends = try await Backends.open(options, folder, scratch: scratch, schema: schema, logger: logger)
            let outcome: Result<Void, any Error>
            do {
                let services = try await make(backends, scratch)
                let group = ServiceGroup(
                    configuration: .init(
                        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
                try await exitingOnSecondSignal { try await group.run() }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await backends.close()
            try outcome.get()
        } catch {
            throw StartupFailure(error, port: port)
        }
    }

    /// Runs `body`; a second signal exits the process immediately.
    private static func exitingOnSecondSignal(_ body: () async throws -> Void) async throws {
        let watcher = Task {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                // The kernel kills media children with this process (PR_SET_PDEATHSIG).
                if count == 2 { _exit(128 + signal.rawValue) }
            }
        }
        defer { watcher.cancel() }
        try await body()
    }
}
