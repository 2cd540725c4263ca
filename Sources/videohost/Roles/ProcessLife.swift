import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// The life of a role's process: open the backends, run services until a signal, close.
enum ProcessLife {
    /// Opens the backends, lets `make` build services on them, and runs these.
    ///
    /// The first signal ends gracefully, the second at once: what was not handed back then, others take over when the
    /// lease has run out.
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
                try await withImpatience { try await group.run() }
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

    /// Runs `body`; a second signal meanwhile ends the process on the spot.
    private static func withImpatience(_ body: () async throws -> Void) async throws {
        let impatience = Task {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                // Media children die with this process: the kernel sees to it (PR_SET_PDEATHSIG).
                if count == 2 { _exit(128 + signal.rawValue) }
            }
        }
        defer { impatience.cancel() }
        try await body()
    }
}
