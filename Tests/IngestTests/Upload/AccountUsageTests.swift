import Accounts
import Catalog
import Ingest
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@Suite("What an account may have", .timeLimit(.minutes(2)))
struct AccountUsageTests {
    private func quotas(_ change: (inout AccountQuotas) -> Void) -> AccountQuotas {
        var quotas = AccountQuotas.unlimited
        change(&quotas)
        return quotas
    }

    /// The quota that `body` would go beyond.
    private func refusal(_ body: () async throws -> Void) async throws -> Quota? {
        do {
            try await body()
            return nil
        } catch AccountsError.quotaExceeded(let quota, _) {
            return quota
        }
    }

    private func upload(
        _ id: String, length: Int64?, kind: UploadKind = .single, state: UploadState = .open
    ) -> Upload {
        Upload(
            id: id, ownerID: "usr_1", videoID: nil, kind: kind, length: length, metadata: nil, tokenHash: "",
            state: state, createdAt: 1, expiresAt: 2)
    }

    @Test("Of many who add at the same moment only so many can", arguments: DatabaseEngine.allCases)
    func race(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            // One draft is there already.
            let quotas = quotas { $0.drafts = 8 }
            let refusals = try await withThrowingTaskGroup(of: Quota?.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        try await refusal {
                            try await database.transaction { connection in
                                try quotas.admit(
                                    .init(videos: 1, drafts: 1), owner: "usr_1", counting: .stored, in: connection)
                                try Videos.insert(
                                    Video(id: "vid_r\(number)", ownerID: "usr_1", title: "R", createdAt: 1),
                                    in: connection)
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refusals.count { $0 == nil } == 7)
            #expect(refusals.count { $0 == .drafts } == 23)
            let used = try await database.read { try AccountUsage.stored.used(.drafts, owner: "usr_1", in: $0) }
            #expect(used == 8)
        }
    }

    @Test("Bytes are those of files and of open uploads, each once", arguments: DatabaseEngine.allCases)
    func bytes(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                try Sources.insert(
                    Source(videoID: "vid_1", objectKey: "k", byteCount: 100, fileName: "", createdAt: 1),
                    in: connection)
                for (id, length, kind, state) in [
                    ("upl_1", 10, UploadKind.single, UploadState.open), ("upl_2", 20, .partial, .complete),
                    ("upl_3", 400, .single, .complete), ("upl_4", 800, .final, .terminated),
                ] {
                    try Uploads.insert(
                        upload(id, length: Int64(length), kind: kind, state: state), in: connection)
                }
                // One that does not say how long it will be takes what it is given.
                try Uploads.insert(upload("upl_5", length: nil), reserving: 3, in: connection)
                #expect(try AccountUsage.stored.used(.bytes, owner: "usr_1", in: connection) == 133)
                try Uploads.setReserved("upl_5", to: 7, in: connection)
                #expect(try Uploads.reserved("upl_5", in: connection) == 7)
                #expect(try Uploads.reserved("upl_3", in: connection) == nil)
                #expect(try quotas { $0.bytes = 140 }.freeBytes("usr_1", counting: .stored, in: connection) == 3)
                #expect(try quotas { $0.bytes = 100 }.freeBytes("usr_1", counting: .stored, in: connection) == 0)
                #expect(try quotas { _ in }.freeBytes("usr_1", counting: .stored, in: connection) == .max)
            }
            for (wanted, refused) in [(Int64(3), Quota?.none), (4, .bytes), (.max, .bytes)] {
                let quotas = quotas { $0.bytes = 140 }
                let refusal = try await refusal {
                    try await database.transaction {
                        try quotas.admit(.init(bytes: wanted), owner: "usr_1", counting: .stored, in: $0)
                    }
                }
                #expect(refusal == refused)
            }
        }
    }

    @Test("Every quota has its own refusal, and none without a limit", arguments: DatabaseEngine.allCases)
    func kinds(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                try Uploads.insert(upload("upl_1", length: 1), in: connection)
                let captions = CaptionRecord(
                    videoID: "vid_1", generation: 0, track: "s", language: "en", label: "x", webVTT: "ünf",
                    createdAt: 1)
                _ = try Captions.put(captions, in: connection)
                #expect(try AccountUsage.stored.used(.captions, owner: "usr_1", in: connection) == 4)
            }
            let all = AccountQuotas.Addition(bytes: 1, videos: 1, drafts: 1, uploads: 1, captionBytes: 1)
            for (quotas, refused) in [
                (quotas { $0.bytes = 1 }, Quota?.some(.bytes)), (quotas { $0.videos = 1 }, .videos),
                (quotas { $0.drafts = 1 }, .drafts), (quotas { $0.uploads = 1 }, .uploads),
                (quotas { $0.captionBytes = 4 }, .captions), (quotas { $0.captionBytes = 5 }, nil), (.unlimited, nil),
                (AccountQuotas(), nil),
            ] {
                let refusal = try await refusal {
                    try await database.transaction { try quotas.admit(all, owner: "usr_1", counting: .stored, in: $0) }
                }
                #expect(refusal == refused)
                // Another account has its own.
                try await database.transaction { try quotas.admit(all, owner: "usr_none", counting: .stored, in: $0) }
            }
        }
    }

    @Test("Finished parts stand in the way of further parts alone", arguments: DatabaseEngine.allCases)
    func parts(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let quotas = quotas { $0.uploads = 1 }
            try await database.transaction { connection in
                for number in 0..<8 {
                    let part = upload("upl_\(number)", length: 1, kind: .partial, state: .complete)
                    try Uploads.insert(part, in: connection)
                }
                // One that is being made of parts is no open upload.
                try Uploads.insert(upload("upl_9", length: 8, kind: .final), in: connection)
                try quotas.admit(
                    .init(bytes: 1, videos: 1, uploads: 1), owner: "usr_1", counting: .stored, in: connection)
                #expect(throws: AccountsError.quotaExceeded(.parts, limit: 8)) {
                    try quotas.admit(.init(uploads: 1, parts: 1), owner: "usr_1", counting: .stored, in: connection)
                }
            }
        }
    }

    @Test("Of uploads that have ended the newest are remembered", arguments: DatabaseEngine.allCases)
    func ended(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                for number in 0..<6 {
                    try Uploads.insert(upload("upl_t\(number)", length: 1, state: .terminated), in: connection)
                }
                try Uploads.insert(upload("upl_a", length: 1), in: connection)
                try Uploads.insert(upload("upl_b", length: 1, kind: .partial, state: .complete), in: connection)
                try Uploads.forgetEnded(owner: "usr_1", keeping: 4, in: connection)
                let left = try ["upl_a", "upl_b", "upl_t0", "upl_t1", "upl_t2", "upl_t5"].filter {
                    try Uploads.find(id: $0, in: connection) != nil
                }
                #expect(left == ["upl_a", "upl_b", "upl_t2", "upl_t5"])
                try Uploads.forgetEnded(owner: "usr_1", keeping: 4, in: connection)
                #expect(try Uploads.find(id: "upl_t2", in: connection) != nil)
            }
        }
    }
}
