import ChildProcess
import Foundation
import Glibc

/// Feeds the program's own parsers with damaged inputs.
///
/// `ParserFuzz [NAME…] [--seed S] [--rounds N] [--first ROUND] [--keep FOLDER]`. Each parser is run in a process of its own:
/// a trap ends that one, and its input is kept with the command that repeats it. Exit code 1 if a parser failed.
/// `ParserFuzz --list` names them all.
@main enum ParserFuzz {
    static func main() async throws {
        if CommandLine.arguments.dropFirst() == ["--list"] {
            for parser in FuzzedParser.all { print(parser.name) }
            return
        }
        #if LIBFUZZER
            if CommandLine.arguments.count > 2, CommandLine.arguments[1] == "--coverage" {
                exit(try CoverageFuzz.run(corpus: CommandLine.arguments[2], Array(CommandLine.arguments.dropFirst(3))))
            }
        #endif
        let options = Options(CommandLine.arguments.dropFirst())
        if options.isChild {
            for parser in options.parsers { try Rounds(parser, options).run() }
            return
        }
        try FileManager.default.createDirectory(atPath: options.folder, withIntermediateDirectories: true)
        var failed = false
        for parser in options.parsers {
            let status = try await run(parser, options)
            guard status != .exited(0) else { continue }
            failed = true
            let round = (try? String(contentsOfFile: Rounds.roundFile(parser, options), encoding: .utf8)) ?? "0"
            print("\(parser.name): \(status) in round \(round); its input is \(Rounds.inputFile(parser, options))")
            print("repeat it: ParserFuzz \(parser.name) --seed \(options.seed) --first \(round) --rounds 1")
        }
        exit(failed ? 1 : 0)
    }

    private static func run(_ parser: FuzzedParser, _ options: Options) async throws -> ChildProcess.ExitStatus {
        var start = ChildProcess.Options(
            executable: "/proc/self/exe",
            arguments: [
                "--child", parser.name, "--seed", "\(options.seed)", "--rounds", "\(options.rounds)", "--first",
                "\(options.first)", "--keep", options.folder,
            ], descriptors: [1: 1, 2: 2])
        // What needs more than this for a few kilobytes of input has been led astray by them.
        start.limits.addressSpace = 8 << 30
        return try await ChildProcess.spawn(start).waitForExit()
    }
}

/// What the command line says.
struct Options {
    private(set) var parsers: [FuzzedParser] = []
    private(set) var seed: UInt64 = 1
    private(set) var rounds: UInt64 = 2000
    private(set) var first: UInt64 = 0
    private(set) var folder = NSTemporaryDirectory() + "/videohost-parser-fuzz"
    private(set) var isChild = false

    init(_ arguments: some Sequence<String>) {
        var rest = Array(arguments)[...]
        while let word = rest.popFirst() {
            switch word {
            case "--child": isChild = true
            case "--seed": seed = rest.popFirst().flatMap { UInt64($0) } ?? seed
            case "--rounds": rounds = rest.popFirst().flatMap { UInt64($0) } ?? rounds
            case "--first": first = rest.popFirst().flatMap { UInt64($0) } ?? first
            case "--keep": folder = rest.popFirst() ?? folder
            default:
                let found = FuzzedParser.all.filter { $0.name == word }
                guard !found.isEmpty else {
                    print("parsers: \(FuzzedParser.all.map(\.name).joined(separator: " "))")
                    exit(64)
                }
                parsers += found
            }
        }
        if parsers.isEmpty { parsers = FuzzedParser.all }
    }
}
