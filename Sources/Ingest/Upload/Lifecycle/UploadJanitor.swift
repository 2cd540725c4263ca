public import ServiceLifecycle

/// Regularly completes or removes stranded uploads and ends expired ones.
///
/// Each run does ``UploadService/recoverStranded()`` and ``UploadService/sweep()``. A failure is logged, and the next run tries
/// again.
public struct UploadJanitor: Service {
    private let uploadService: UploadService
    private let interval: Duration

    /// A janitor for the uploads of `uploadService`.
    /// - Parameter interval: Time between two runs; `nil` for a minute, or a quarter of the uploads' lifetime if that is less.
    public init(_ uploadService: UploadService, every interval: Duration? = nil) {
        self.uploadService = uploadService
        self.interval = interval ?? min(.seconds(60), max(.seconds(1), uploadService.configuration.lifetime / 4))
    }

    /// Runs until the service group shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await uploadService.maintain()
                try? await Task.sleep(for: interval)
            }
        }
    }
}
