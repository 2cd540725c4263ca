import ChildProcess
import Foundation
import Glibc

/// Stands in for a decoder that was taken over: started as the media child is, it enters the same sandbox by the same
/// call, and then tries one thing that it must not get. Says `done …` if it got it, `refused ERRNO` if not.
///
/// Arguments: the attempt, and paths or numbers that the attempt needs. `free` as the first argument leaves the sandbox
/// out, to show that the attempt would work.
@main enum HostileChild {
    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "free" {
            arguments.removeFirst()
        } else {
            do {
                let found = try Sandbox.enter()
                if arguments.first == "report" {
                    print(String(decoding: (try? JSONEncoder().encode(found)) ?? Data(), as: UTF8.self))
                    return
                }
            } catch {
                say("no sandbox: \(error)")
                exit(2)
            }
        }
        let attempt = arguments.first ?? ""
        guard let run = Attempts.all[attempt] else {
            say("unknown attempt \(attempt)")
            exit(2)
        }
        run(Array(arguments.dropFirst()))
    }
}

/// Writes a line without a buffer that a kill could swallow.
func say(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = write(1, line, line.count)
}

/// Says how a call ended that answers with -1 on failure.
func judge(_ result: Int) {
    let reason = errno
    say(result >= 0 ? "done \(result)" : "refused \(reason)")
}
