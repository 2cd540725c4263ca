// swift-tools-version: 6.3
import PackageDescription

// Every target is Swift 6 with the upcoming features on and warnings as errors.
let base: [SwiftSetting] =
    [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
    + [
        "ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault", "NonisolatedNonsendingByDefault",
        "InferIsolatedConformances", "ImmutableWeakCaptures",
    ].map { .enableUpcomingFeature($0) }

// Wrappers speak C, so their pointers are their business; everywhere else a raw pointer must say `unsafe`.
let wrapper = base
let safe = base + [.strictMemorySafety()]

let package = Package(
    name: "videohost",
    products: [.executable(name: "videohost", targets: ["videohost"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C: module maps over Debian's libraries, and the few lines that must run between fork and exec.
        .systemLibrary(name: "CFFmpeg", providers: [.apt(["libavformat-dev", "libavfilter-dev", "libswscale-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CPostgres", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLaunch"),

        .testTarget(name: "ArchitectureTests", swiftSettings: safe),

        // Ground: what every module may need, and values that several of them share.
        .target(
            name: "Ground",
            dependencies: [
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "OrderedCollections", package: "swift-collections"),
            ], swiftSettings: safe),
        .testTarget(name: "GroundTests", dependencies: ["Ground"], swiftSettings: safe),
        .target(name: "MediaModel", dependencies: ["Ground"], swiftSettings: safe),
        .testTarget(name: "MediaModelTests", dependencies: ["MediaModel"], swiftSettings: safe),
        .target(
            name: "Telemetry", dependencies: ["Ground", .product(name: "Logging", package: "swift-log")],
            swiftSettings: safe),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Ground", "Telemetry",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: safe),

        // Wrappers: the only places that see C or a database library.
        .target(name: "AV", dependencies: ["CFFmpeg", "MediaModel"], swiftSettings: wrapper),
        .testTarget(name: "AVTests", dependencies: ["AV", "MediaModel"], swiftSettings: wrapper),
        .target(name: "ChildProcess", dependencies: ["CLaunch", "Ground"], swiftSettings: wrapper),
        .testTarget(name: "ChildProcessTests", dependencies: ["ChildProcess"], swiftSettings: wrapper),
        .target(name: "HostileCalls", path: "Tests/HostileCalls"),
        .executableTarget(
            name: "HostileChild", dependencies: ["ChildProcess", "HostileCalls"], path: "Tests/HostileChild",
            swiftSettings: wrapper),
        .executableTarget(
            name: "SandboxBench", dependencies: ["ChildProcess"], path: "bench/SandboxBench",
            swiftSettings: wrapper),
        .testTarget(
            name: "SandboxTests", dependencies: ["ChildProcess", "Ground", "HostileChild"], swiftSettings: wrapper),
        .target(
            name: "SQL",
            dependencies: [
                "CPostgres", "Ground", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: wrapper),
        // Databases of both engines for the tests of all modules that have rows.
        .target(
            name: "SQLFixtures", dependencies: ["ChildProcess", "SQL"], path: "Tests/SQLFixtures",
            swiftSettings: wrapper),
        .testTarget(name: "SQLTests", dependencies: ["Ground", "SQL", "SQLFixtures"], swiftSettings: wrapper),
        .target(
            name: "Redis",
            dependencies: [
                "ChildProcess", "CHiredis", "Ground", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ], swiftSettings: wrapper),
        .testTarget(
            name: "RedisTests",
            dependencies: [
                "ChildProcess", "Ground", "Redis",
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: wrapper),

        // Domain: what the product knows. No sockets, no environment, no C.
        .target(
            name: "Storage",
            dependencies: [
                "Ground",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: safe),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Ground", "Storage",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ], exclude: ["Python", "Vectors"], swiftSettings: safe),
        .target(name: "Catalog", dependencies: ["Ground", "MediaModel", "SQL"], swiftSettings: safe),
        .testTarget(
            name: "CatalogTests",
            dependencies: ["Accounts", "Catalog", "Ground", "MediaModel", "SQL", "SQLFixtures", "SchemaFixtures"],
            swiftSettings: safe),
        .target(
            name: "Webhooks",
            dependencies: [
                "Accounts", "Catalog", "Ground", "MediaModel", "SQL", "Telemetry",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
        .testTarget(
            name: "WebhooksTests",
            dependencies: [
                "Accounts", "Catalog", "Ground", "SQL", "SQLFixtures", "Schema", "Webhooks",
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: safe),
        .target(
            name: "Accounts",
            dependencies: [
                "CCrypt", "Ground", "Redis", "SQL",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: wrapper),
        .testTarget(
            name: "AccountsTests",
            dependencies: [
                "Accounts", "Ground", "Redis", "SQL", "SQLFixtures", "Schema", "SchemaFixtures",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: wrapper),
        .target(
            name: "Jobs",
            dependencies: [
                "Ground", "MediaModel", "Redis", "SQL", "Telemetry",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                "Catalog", "Ground", "Jobs", "MediaModel", "Redis", "SQL", "SQLFixtures", "Schema",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
        .target(
            name: "Ingest",
            dependencies: [
                "Accounts", "AV", "Catalog", "Ground", "MediaModel", "SQL", "Storage",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
        .testTarget(
            name: "IngestTests",
            dependencies: [
                "Accounts", "Catalog", "Ground", "Ingest", "MediaModel", "SQL", "SQLFixtures", "Schema",
                "SchemaFixtures", "Storage",
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: safe),
        .target(
            name: "Packager", dependencies: ["Ground", "MediaModel"], swiftSettings: safe),
        .testTarget(name: "PackagerTests", dependencies: ["MediaModel", "Packager"], swiftSettings: safe),
        .target(
            name: "Transcoder",
            dependencies: [
                "AV", "MediaModel", "Packager", .product(name: "DequeModule", package: "swift-collections"),
            ], swiftSettings: safe),
        .testTarget(
            name: "TranscoderTests", dependencies: ["AV", "Ingest", "MediaModel", "Packager", "Transcoder"],
            swiftSettings: safe),
        .target(
            name: "Pipeline",
            dependencies: [
                "AV", "Catalog", "ChildProcess", "Ground", "Ingest", "Jobs", "MediaModel", "Packager", "SQL",
                "Storage", "Telemetry", "Transcoder", "Webhooks",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
        .testTarget(
            name: "PipelineTests",
            dependencies: [
                "Accounts", "Catalog", "Ground", "Jobs", "MediaModel", "Packager", "Pipeline", "SQL", "SQLFixtures",
                "Schema", "Storage", "Webhooks",
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: safe),

        .target(
            name: "Rooms",
            dependencies: [
                "Accounts", "Catalog", "Ground", "Redis", "SQL",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
        .testTarget(
            name: "RoomsTests",
            dependencies: [
                "Accounts", "Catalog", "Ground", "MediaModel", "Redis", "Rooms", "SQL", "SQLFixtures", "Schema",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),

        // Schema: the list of all modules' migrations.
        .target(
            name: "Schema",
            dependencies: ["Accounts", "Catalog", "Ground", "Ingest", "Jobs", "Rooms", "SQL", "Webhooks"],
            swiftSettings: safe),
        .target(
            name: "SchemaFixtures", dependencies: ["Accounts", "Catalog", "Ground", "SQL", "SQLFixtures", "Schema"],
            path: "Tests/SchemaFixtures", swiftSettings: safe),
        .testTarget(
            name: "SchemaTests",
            dependencies: ["Accounts", "Catalog", "SQL", "SQLFixtures", "Schema", "SchemaFixtures"],
            exclude: ["Expected"], swiftSettings: safe),

        // Edge: HTTP, and the pages that it serves.
        .target(
            name: "Pages", dependencies: ["Ground", .product(name: "Mustache", package: "swift-mustache")],
            swiftSettings: safe),
        .testTarget(name: "PagesTests", dependencies: ["Ground", "Pages"], swiftSettings: safe),
        .target(
            name: "API",
            dependencies: [
                "Accounts", "Catalog", "CZlib", "Ground", "Ingest", "Jobs", "MediaModel", "Packager", "Pages",
                "Pipeline",
                "Redis", "Rooms", "SQL", "Storage", "Telemetry", "Webhooks",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "OrderedCollections", package: "swift-collections"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
        .testTarget(
            name: "APITests",
            dependencies: [
                "Accounts", "API", "Catalog", "Ground", "Ingest", "Jobs", "MediaModel", "Packager", "Pipeline", "Rooms",
                "SQL", "Schema", "Storage", "Telemetry",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: safe),

        // Damaged inputs for all parsers above; Tests/ParserFuzzTests, fuzz.py and scripts/fuzz-coverage start it.
        .executableTarget(
            name: "ParserFuzz",
            dependencies: [
                "API", "Catalog", "ChildProcess", "Ground", "Ingest", "Jobs", "MediaModel", "Packager", "Pipeline",
                "Redis", "Rooms", "SQL", "Storage", "Telemetry", "Transcoder", "Webhooks",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "Tests/ParserFuzz", swiftSettings: wrapper),
        .testTarget(
            name: "ParserFuzzTests", dependencies: ["ChildProcess", "ParserFuzz"], swiftSettings: wrapper),

        // A benchmark of the pool without media; bench/run.py starts it.
        .executableTarget(
            name: "queue-bench",
            dependencies: [
                "Accounts", "Catalog", "Ground", "Jobs", "MediaModel", "Redis", "SQL", "Schema",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "bench/QueueBench", swiftSettings: safe),

        // Run: arguments, wiring, signals.
        .executableTarget(
            name: "videohost",
            dependencies: [
                "Accounts", "API", "AV", "Catalog", "ChildProcess", "Ground", "Ingest", "Jobs", "MediaModel",
                "Packager", "Pipeline", "Redis", "Rooms", "SQL", "Schema", "Storage", "Telemetry", "Webhooks",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: safe),
    ]
)

// `scripts/fuzz-coverage` sets this to libFuzzer's archive: this package's own targets then count their branches, and libFuzzer can
// drive ParserFuzz. The packages below are not counted and need not be built again.
if let libFuzzer = Context.environment["VIDEOHOST_LIBFUZZER"] {
    let counted: SwiftSetting = .unsafeFlags(["-Xfrontend", "-sanitize=fuzzer"])
    for target in package.targets { target.swiftSettings = target.swiftSettings.map { $0 + [counted] } }
    for fuzz in package.targets where fuzz.name == "ParserFuzz" {
        fuzz.dependencies.append("CLibFuzzer")
        fuzz.swiftSettings?.append(.define("LIBFUZZER"))
        fuzz.linkerSettings = [.unsafeFlags([libFuzzer]), .linkedLibrary("stdc++"), .linkedLibrary("m")]
    }
    package.targets.append(.target(name: "CLibFuzzer", path: "Tests/CLibFuzzer"))
}

// `scripts/test --coverage` sets this: the targets of Sources count which of their lines run. Tests, benchmarks and the packages
// below are not counted, so they run at full speed.
if Context.environment["VIDEOHOST_COVERAGE"] != nil {
    let counted: SwiftSetting = .unsafeFlags(["-profile-generate", "-profile-coverage-mapping"])
    for target in package.targets where target.type != .system && target.name != "CLaunch" {
        if target.path == nil && target.type != .test {
            target.swiftSettings = (target.swiftSettings ?? []) + [counted]
        }
        target.linkerSettings = (target.linkerSettings ?? []) + [.unsafeFlags(["-profile-generate"])]
    }
}
