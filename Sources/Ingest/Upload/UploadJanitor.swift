import Logging
public import ServiceLifecycle

/// Takes up uploads that were left whole but unfinished and ends expired ones, again and again.
public struct UploadJanitor: Service {
    private let uploadService: UploadService
    private let interval: Duration

    /// A janitor for the uploads of `uploadService`.
    /// - Parameter interval: Time between two rounds; `nil` for a minute, or less where uploads live shortly.
    public init(_ uploadService: UploadService, every interval: Duration? = nil) {
        self.uploadService = uploadService
        self.interval = interval ?? min(.seconds(60), max(.seconds(1), uploadService.configuration.lifetime / 4))
    }

    /// Sweeps until the service group shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await attempt { try await uploadService.takeUp() }
                await attempt { try await uploadService.sweep() }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Does one of the two; the other is done whether it fails or not.
    private func attempt(_ step: () async throws -> Void) async {
        do { try await step() } catch {
            guard !Task.isCancelled else { return }
            uploadService.logger.warning("uploads were not looked after", metadata: ["error": "\(error)"])
        }
    }
}
