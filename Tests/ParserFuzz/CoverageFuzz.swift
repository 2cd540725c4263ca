#if LIBFUZZER
    import CLibFuzzer
    import Foundation
    import Glibc

    /// The same parsers and rules, driven by libFuzzer: it sees which branches an input reaches and builds on those that
    /// reach new ones. Only in a build in which this package counts its branches; `scripts/fuzz-coverage` makes one.
    ///
    /// `VIDEOHOST_FUZZED_PARSER=NAME ParserFuzz --coverage CORPUS [libFuzzer's options]`; with a file in place of the folder
    /// that one input alone.
    enum CoverageFuzz {
        /// The parser that the environment names.
        fileprivate static let parser: FuzzedParser? = {
            let name = ProcessInfo.processInfo.environment["VIDEOHOST_FUZZED_PARSER"]
            return FuzzedParser.all.first { $0.name == name }
        }()

        /// Puts the parser's examples into the corpus, if that is a folder, and the words that mean something to it into a
        /// dictionary beside it; then runs until libFuzzer ends.
        /// - Returns: libFuzzer's exit code; 64 without a parser.
        static func run(corpus: String, _ options: [String]) throws -> Int32 {
            guard let parser else { return 64 }
            var options = options
            var isFolder: ObjCBool = true
            if !FileManager.default.fileExists(atPath: corpus, isDirectory: &isFolder) || isFolder.boolValue {
                try FileManager.default.createDirectory(atPath: corpus, withIntermediateDirectories: true)
                for (number, example) in parser.examples.enumerated() {
                    try Data(example).write(to: URL(fileURLWithPath: "\(corpus)/example-\(number)"))
                }
                if !parser.words.isEmpty {
                    try Data(dictionary(parser.words).utf8).write(to: URL(fileURLWithPath: "\(corpus).dict"))
                    options.append("-dict=\(corpus).dict")
                }
            }
            var words: [UnsafeMutablePointer<CChar>?] = (["ParserFuzz", corpus] + options).map { strdup($0) } + [nil]
            var count = Int32(words.count - 1)
            return words.withUnsafeMutableBufferPointer { buffer in
                var start = buffer.baseAddress
                return LLVMFuzzerRunDriver(&count, &start, fuzzOneInput)
            }
        }

        /// Words as libFuzzer reads them: one a line, in quotes, every byte as a number.
        private static func dictionary(_ words: [String]) -> String {
            func escaped(_ byte: UInt8) -> String { "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
            return words.map { "\"\($0.utf8.map(escaped).joined())\"\n" }.joined()
        }
    }

    /// libFuzzer's callback: an input that breaks a rule ends the process, which is how libFuzzer hears of it.
    private func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        guard let parser = CoverageFuzz.parser else { return -1 }
        let input = Array(UnsafeBufferPointer(start: data, count: count))
        // The same choices for the same input, or it could not be repeated.
        var chance = Chance(seed: UInt64(count), parser: parser.name, round: UInt64(input.first ?? 0))
        do {
            try parser.check(input, &chance)
        } catch is Refused {
            return 0
        } catch {
            FileHandle.standardError.write(Data("\(parser.name): \(error)\n".utf8))
            abort()
        }
        return 0
    }
#endif
