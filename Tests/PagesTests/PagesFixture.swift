import Foundation

@testable import Pages

/// The templates and messages of this repository, and a folder for changed copies of them.
enum PagesFixture {
    static let web = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "web").path

    /// The pages as they are, with their sources in place of built files.
    static func pages() throws -> Pages { try Pages(folder: web, isDevelopment: true) }

    /// The messages in English.
    static func english() throws -> Messages {
        guard let messages = try Messages.load(web + "/messages")[.fallback] else { throw PagesError.unreadable("en") }
        return messages
    }

    /// Runs a test with a folder that is removed afterwards.
    static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.path + "/pages-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    /// Writes a file with the folders above it.
    static func write(_ text: String, _ path: String) throws {
        let url = URL(filePath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// A video that can be watched.
    static func video(title: String = "A film", description: String = "About it") -> VideoFacts {
        VideoFacts(
            id: "vid_1", title: title, description: description, owner: "ada", createdAt: "2026-11-30T09:00:00.000Z",
            milliseconds: 3_723_400, size: .init(width: 1920, height: 1080), isAudio: false,
            hasCaptions: false, poster: "/v/vid_1/g1/poster-1.jpg", smallPoster: "/v/vid_1/g1/poster-small.webp",
            storyboard: "/v/vid_1/g1/storyboard.vtt", playlist: "/v/vid_1/g1/main.m3u8")
    }

    /// A page as text.
    static func html(
        _ page: Page, data: String = "{}", language: String = "en", origin: String? = "https://videos.example.org"
    ) throws -> String {
        let bytes = try pages().render(
            page, data: EmbeddedJSON(Array(data.utf8)), in: Language(code: language), origin: origin)
        return String(decoding: bytes, as: UTF8.self)
    }
}
