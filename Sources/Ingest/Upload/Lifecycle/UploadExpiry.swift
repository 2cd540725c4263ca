import Ground
import Logging
import SQL

/// When uploads expire, and the renewal while bytes arrive.
///
/// The expiry in an upload's row also tells processes with other folders that the upload is being written.
struct UploadExpiry: Sendable {
    /// The last renewal of an upload that is being written.
    struct Renewal: Sendable {
        fileprivate var time: Int64
    }

    private let lifetime: Int64
    /// Milliseconds between two renewals. Not at each request, to spare the database.
    private let renewalInterval: Int64
    private let database: any Database
    private let clock: WallClock
    private let logger: Logger

    init(_ configuration: UploadConfiguration, database: any Database, clock: WallClock, logger: Logger) {
        lifetime = configuration.lifetime.milliseconds
        renewalInterval = min(lifetime / 16, configuration.claimDuration.milliseconds / 2)
        self.database = database
        self.clock = clock
        self.logger = logger
    }

    /// When an upload expires that receives bytes now.
    var next: Int64 { clock.now() + lifetime }

    /// When an upload in another process's folder last showed that it was being written: bytes may have arrived for one
    /// interval after its last renewal.
    func lastSign(of upload: Upload) -> Int64 {
        max(upload.createdAt, upload.expiresAt - lifetime) + renewalInterval
    }

    /// Extends the lifetime of an open upload after a request.
    func renew(_ upload: Upload) async throws -> Upload {
        guard next - upload.expiresAt >= max(1, renewalInterval) else { return upload }
        var renewed = upload
        renewed.expiresAt = next
        let record = renewed
        _ = try await database.transaction { try Uploads.update(record, in: $0) }
        return renewed
    }

    /// Starts the renewal of an upload that is being written.
    func startRenewal() -> Renewal { Renewal(time: clock.now()) }

    /// Extends the lifetime of an upload that is being written, if the interval has passed and bytes have arrived in it.
    func renew(_ lock: UploadLock, _ renewal: inout Renewal) async {
        let elapsed = clock.now() - renewal.time
        guard elapsed >= max(1, renewalInterval), lock.idle.milliseconds < elapsed else { return }
        let time = next
        do {
            try await database.transaction { try Uploads.prolong(lock.upload, until: time, in: $0) }
        } catch {
            // The request continues: its bytes count, and the next renewal follows soon.
            logger.warning(
                "an upload's expiry was not extended", metadata: ["upload": "\(lock.upload)", "error": "\(error)"])
        }
        renewal.time = clock.now()
    }
}
