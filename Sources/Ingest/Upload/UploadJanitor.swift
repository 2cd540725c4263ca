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
                do {
                    try await desk.takeUp()
                    while try await desk.sweep() > 0 {}
                    try await Task.sleep(for: interval)
                } catch is CancellationError {
                    return
                } catch {
                    desk.logger.warning("uploads were not looked after", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: interval)
                }
            }
        }
    }
}
