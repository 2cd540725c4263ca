import ArgumentParser
import Catalog
import SQL
import Schema

/// Migrates the database's schema before the first process of a new version starts.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the database's schema up to date; safe to run repeatedly and concurrently.")

    @OptionGroup var backends: BackendOptions

    func run() async throws {
        do {
            let folder = try DataFolder(creating: backends.data)
            let database = try await Backends.openDatabase(backends, folder)
            do {
                let before = try await Migrator.version(of: database)
                try await Schema.prepare(database)
                let after = try await Migrator.version(of: database)
                print(
                    before == after
                        ? "the schema is up to date (\(after))" : "the schema went from \(before) to \(after)")
                await database.close()
            } catch {
                await database.close()
                throw error
            }
        } catch {
            throw StartupFailure(error)
        }
    }
}
