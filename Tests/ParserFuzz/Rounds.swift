import Glibc

/// The inputs of one parser, one after the other; which one is at work is on disk, for whoever finds the process dead.
struct Rounds {
    private let parser: FuzzedParser
    private let options: Options

    /// Seconds of silence after which an input counts as one that never ends.
    private static let patience: UInt32 = 120

    init(_ parser: FuzzedParser, _ options: Options) {
        self.parser = parser
        self.options = options
    }

    static func inputFile(_ parser: FuzzedParser, _ options: Options) -> String {
        "\(options.folder)/\(parser.name)-\(options.seed).input"
    }

    static func roundFile(_ parser: FuzzedParser, _ options: Options) -> String {
        "\(options.folder)/\(parser.name)-\(options.seed).round"
    }

    func run() throws {
        let input = open(Self.inputFile(parser, options), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        let round = open(Self.roundFile(parser, options), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        defer {
            close(input)
            close(round)
        }
        var readCount = 0
        for number in options.first..<(options.first + options.rounds) {
            if number % 64 == 0 || number == options.first { alarm(Self.patience) }
            var chance = Chance(seed: options.seed, parser: parser.name, round: number)
            let bytes = Mutation.input(parser, &chance)
            let digits = Array("\(number)".utf8)
            ftruncate(input, off_t(bytes.count))
            pwrite(input, bytes, bytes.count, 0)
            pwrite(round, digits, digits.count, 0)
            do {
                try parser.check(bytes, &chance)
                readCount += 1
            } catch is Refused {
                continue
            } catch {
                print("\(parser.name), round \(number): \(error)")
                exit(1)
            }
        }
        alarm(0)
        print("\(parser.name): \(options.rounds) inputs, \(readCount) of them read")
        // Inputs that are all refused at the door test nothing but the door.
        if options.rounds >= 1000, readCount == 0 { exit(1) }
    }
}
