import ArgumentParser
import Foundation
import Telemetry

/// The program: one binary for all roles.
@main
struct VideoHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "videohost",
        abstract: "A self-hosted video platform: uploads in, streams out.",
        version: version,
        subcommands: [
            ServeCommand.self, APICommand.self, RoomsCommand.self, WorkerCommand.self, MigrateCommand.self,
            JobsCommand.self, VideosCommand.self, StorageCommand.self, DoctorCommand.self, MediaCommand.self,
        ])

    /// The program's version.
    static let version = "0.1.0"

    static func main() async {
        // A write to a closed connection returns an error instead of ending the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as StartupFailure {
            FileHandle.standardError.write(Data("videohost: \(PlainText.lines(failure.message))\n".utf8))
            exit(withError: ExitCode(failure.exitCode))
        } catch {
            exit(withError: error)
        }
    }
}
