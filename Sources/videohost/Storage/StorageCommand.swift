import ArgumentParser
import Foundation
import Ground
import Storage

/// Copies objects between stores, and verifies a store.
struct StorageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Copy the stored objects to another store, or check them.",
        discussion: """
            A store is file:PATH or s3://BUCKET[/PREFIX][?endpoint=http://…&region=…&style=path|host], with credentials \
            in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
            Exit status: 0 success, 1 some objects are wrong, 64 wrong arguments, 69 a store is unreachable, 78 a store's \
            configuration is wrong.
            """, subcommands: [StorageCopyCommand.self, StorageVerifyCommand.self])
}

/// The options of both commands.
struct StorageOptions: ParsableArguments {
    @Option(help: "Only the objects of this folder, such as videos/ID.")
    var folder: String = ""

    @Option(help: "Objects at a time.")
    var parallel: Int = 8

    @Flag(help: "Print JSON for programs.")
    var json = false

    func validate() throws {
        guard folder.isEmpty || StorageKey.isValid(folder) else {
            throw ValidationError("--folder: “\(folder)” is no folder of a store")
        }
        guard (1...256).contains(parallel) else { throw ValidationError("--parallel is 1 to 256") }
    }

    /// Shows counts on a terminal while they grow, a few times a second.
    func progress() -> (StorageReport) -> Void {
        guard !json, isatty(STDERR_FILENO) == 1 else { return { _ in } }
        let clock = ContinuousClock()
        var last = clock.now
        return { report in
            guard clock.now - last > .milliseconds(200) else { return }
            last = clock.now
            let text =
                "\r\u{1b}[K\(report.objects) objects, \(report.copied) copied (\(Self.bytes(report.copiedBytes))), "
                + "\(report.unchanged) right, \(report.differenceCount) differ"
            FileHandle.standardError.write(Data(text.utf8))
        }
    }

    /// Prints the result.
    func show(_ report: StorageReport, _ summary: String) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return print(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
        if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
        for difference in report.differences {
            print("\(TextTable.pad(difference.kind.rawValue, 8)) \(difference.key)  \(difference.detail)")
        }
        let unlisted = report.differenceCount - report.differences.count
        if unlisted > 0 { print("and \(unlisted) more") }
        print(summary)
    }

    /// Runs work on stores; turns an error of a store into a startup failure with advice.
    func run<Value>(_ work: () async throws -> Value) async throws -> Value {
        do { return try await work() } catch let error as StorageError { throw StartupFailure(error, "storage") }
    }

    /// A number of bytes for people, such as `12 MiB`.
    static func bytes(_ count: Int64) -> String {
        var (value, unit) = (count, "B")
        for next in ["KiB", "MiB", "GiB", "TiB"] where value >= 10_240 { (value, unit) = (value / 1024, next) }
        return "\(value) \(unit)"
    }
}

/// Copies what the second store lacks.
struct StorageCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copy all objects that the second store lacks; run it again at any time to go on.")

    @Argument(help: "The store to read.")
    var from: String

    @Argument(help: "The store to write.")
    var to: String

    @OptionGroup var options: StorageOptions

    @Flag(help: "Count what would be copied, and write nothing.")
    var dryRun = false

    @Option(help: "A folder that large objects pass through.")
    var scratch: String?

    func run() async throws {
        let source = try StorageSelection.open(from, from: "FROM", isExisting: true)
        let target = try StorageSelection.open(to, from: "TO", isExisting: dryRun)
        var how = StorageCopy.Options()
        how.parallelism = options.parallel
        how.folder = options.folder
        how.isDryRun = dryRun
        how.scratchFolder = scratch ?? FileManager.default.temporaryDirectory.path
        let copy = StorageCopy(from: source, to: target, options: how)
        let report = try await options.run {
            if !dryRun { try await target.checkWritable() }
            return try await copy.run(progress: options.progress())
        }
        let verb = dryRun ? "would be copied" : "copied"
        try options.show(
            report,
            "\(report.copied) objects \(verb) (\(StorageOptions.bytes(report.copiedBytes))), \(report.unchanged) were there"
        )
        // Objects that only the target has are reported, but the copy has not failed.
        if report.differences.contains(where: { $0.kind == .failed }) { throw ExitCode(1) }
    }
}

/// Reads all objects again.
struct StorageVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read all objects of a store, and compare them with another store's.")

    @Argument(help: "The store to check.")
    var store: String

    @Option(help: "A store that must have the same objects with the same bytes.")
    var against: String?

    @OptionGroup var options: StorageOptions

    func run() async throws {
        let checked = try StorageSelection.open(store, from: "STORE", isExisting: true)
        let other = try against.map { try StorageSelection.open($0, from: "--against", isExisting: true) }
        let verification = StorageVerification(
            of: checked, against: other, folder: options.folder, parallelism: options.parallel)
        let report = try await options.run { try await verification.run(progress: options.progress()) }
        try options.show(report, "\(report.unchanged) objects are right, \(report.differenceCount) are not")
        if report.differenceCount > 0 { throw ExitCode(1) }
    }
}
