public import Accounts
public import Ground
public import Ingest
public import Rooms
public import SQL
public import Storage
public import Telemetry
public import Webhooks

/// Everything that routes work with.
public struct Services: Sendable {
    /// Rows.
    public var database: any Database
    /// Objects.
    public var store: any ObjectStore
    /// Users and sessions.
    public var accounts: Accounts
    /// Uploads under way.
    public var uploads: UploadService
    /// Playlists, and segments that do not exist yet.
    public var playback: any PlaybackSource
    /// Notes that a video has changed.
    public var changes: any VideoChanges
    /// Rooms as all nodes know them.
    public var rooms: any RoomStore
    /// Times of rows.
    public var clock: WallClock
    /// Numbers for `/metrics`.
    public var metrics: Metrics
    /// What must answer before the program calls itself ready, by name.
    public var checks: [ReadinessCheck]
    /// Which endpoints creators may register; the same as those that deliveries are sent to.
    public var webhooks: WebhookSettings
    /// Which videos may be watched.
    public let gate: PlaybackGate
    /// Responses that need neither the database nor the store.
    let responses: ResponseCache
    /// Which videos have changed.
    let watches: VideoWatches

    /// All services.
    public init(
        database: any Database, store: any ObjectStore, accounts: Accounts, uploads: UploadService,
        playback: any PlaybackSource, changes: any VideoChanges, rooms: any RoomStore, clock: WallClock = .system,
        metrics: Metrics = Metrics(), checks: [ReadinessCheck] = [], webhooks: WebhookSettings = WebhookSettings()
    ) {
        self.database = database
        self.store = store
        self.accounts = accounts
        self.uploads = uploads
        self.playback = playback
        self.changes = changes
        self.rooms = rooms
        self.clock = clock
        self.metrics = metrics
        self.checks = checks
        self.webhooks = webhooks
        responses = ResponseCache(clock: clock)
        gate = PlaybackGate(database: database, clock: clock, responses: responses)
        watches = VideoWatches(changes, clock: clock)
    }

    /// Tells all nodes that a video has changed, this one first: who changes a video reads the change afterwards.
    func announce(video: String) async {
        watches.changed(video)
        await changes.announce(video: video)
    }
}

/// Something that must answer before the program is ready.
public struct ReadinessCheck: Sendable {
    /// Its name in the answer: `database`, `redis`, `storage`.
    public let name: String
    /// Throws if it does not answer.
    public let run: @Sendable () async throws -> Void

    /// A check.
    public init(_ name: String, run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.run = run
    }
}
