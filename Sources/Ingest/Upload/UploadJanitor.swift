import Logging
public import ServiceLifecycle

/// Takes up uploads that were left whole but unfinished and ends expired ones, again and again.
public struct UploadJanitor: Service {
    private let desk: UploadDesk
    private let interval: Duration

    /// A janitor for the uploads of `desk`.
    /// - Parameter interval: Time between two rounds; `nil` for a minute, or less where uploads live shortly.
    public init(_ desk: UploadDesk, every interval: Duration? = nil) {
        self.desk = desk
        self.interval = interval ?? min(.seconds(60), max(.seconds(1), desk.configuration.lifetime / 4))
    }

    /// Sweeps until the service group shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await attempt { try await desk.takeUp() }
                await attempt { try await desk.sweep() }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Does one of the two; the other is done whether it fails or not.
    private func attempt(_ step: () async throws -> Void) async {
        do { try await step() } catch {
            guard !Task.isCancelled else { return }
            desk.logger.warning("uploads were not looked after", metadata: ["error": "\(error)"])
        }
    }
}
