import Foundation
import Ground
import Jobs
import MediaModel
import Synchronization
import Testing

@testable import Pipeline

@Suite("Children that yield", .timeLimit(.minutes(1))) struct ChildSchedulerTests {
    @Test("Urgent children always run, and the others have the slots that those leave", arguments: 1...5)
    func turns(slots: Int) throws {
        var random = SystemRandomNumberGenerator()
        var turns = ChildTurns(slots: slots)
        var running: [Int: Bool] = [:]
        var stopped: Set<Int> = []
        for _ in 0..<5000 {
            let changes: [ChildTurns.Change]
            if let ended = running.keys.randomElement(using: &random),
                Int.random(in: 0..<20, using: &random) < running.count
            {
                changes = turns.end(ended)
                running[ended] = nil
                stopped.remove(ended)
            } else {
                let isUrgent = Bool.random(using: &random)
                let (number, more) = turns.begin(isUrgent: isUrgent)
                running[number] = isUrgent
                changes = more
            }
            for change in changes {
                switch change {
                case .stop(let number): #expect(stopped.insert(number).inserted && running[number] == false)
                case .proceed(let number): #expect(stopped.remove(number) != nil)
                }
            }
            let others = running.filter { !$0.value }.keys.sorted()
            let urgent = running.count - others.count
            let free = urgent == 0 ? others.count : max(0, slots - urgent)
            #expect(stopped == Set(others.dropFirst(free)) && turns.stopped == stopped)
        }
    }

    /// A runner of shell scripts in a folder of its own.
    private static func runner(_ script: String, in scratch: String) throws -> MediaProcess {
        var configuration = MediaProcess.Configuration(
            executable: "/bin/sh", arguments: ["-c", script], scratchFolder: scratch, patience: .seconds(2))
        configuration.slots = 1
        let media = MediaProcess(configuration)
        try media.clearScratch()
        return media
    }

    @Test("A child stands still while a viewer's child runs, goes on afterwards, and is not killed for its silence")
    func yields() async throws {
        let scratch = NSTemporaryDirectory() + "/videohost-yield-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        // The urgent child waits until the kernel says that the other one is stopped.
        let media = try Self.runner(
            """
            case $(pwd) in
            */background) echo $$ > ../pid
                echo '{"event":{"_0":{"progress":{"_0":0.5}}}}'
                while [ ! -e ../over ]; do :; done ;;
            *) while ! /bin/grep -q '^State:.*T' /proc/$(/bin/cat ../pid)/status; do :; done
                for second in 1 2 3; do
                    /bin/sleep 1
                    echo '{"event":{"_0":{"progress":{"_0":0.5}}}}'
                done ;;
            esac
            echo '{"done":{"frames":1}}'
            """, in: scratch)
        let work = ChildRequest.Work.images(PipelineFixture.plan)
        let started = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await media.run(work, source: 0, name: "background") { _, _ in started.continuation.yield() }
            }
            for await _ in started.stream { break }
            // It takes longer than the patience with the other one.
            try await media.run(work, source: 0, name: "urgent", isUrgent: true) { _, _ in }
            try Data().write(to: URL(fileURLWithPath: scratch + "/over"))
            try await group.waitForAll()
        }
    }

    @Test("A stopped child is killed when its task is cancelled") func cancelled() async throws {
        let scratch = NSTemporaryDirectory() + "/videohost-yield-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        let media = try Self.runner(
            """
            case $(pwd) in
            */background) echo '{"event":{"_0":{"progress":{"_0":0.5}}}}'; while :; do :; done ;;
            *) while [ ! -e ../over ]; do :; done ;;
            esac
            echo '{"done":{"frames":1}}'
            """, in: scratch)
        let work = ChildRequest.Work.images(PipelineFixture.plan)
        let started = AsyncStream.makeStream(of: Void.self)
        let background = Task {
            try await media.run(work, source: 0, name: "background") { _, _ in started.continuation.yield() }
        }
        for await _ in started.stream { break }
        async let urgent = media.run(work, source: 0, name: "urgent", isUrgent: true) { _, _ in }
        background.cancel()
        await #expect(throws: CancellationError.self) { try await background.value }
        try Data().write(to: URL(fileURLWithPath: scratch + "/over"))
        _ = try await urgent
    }
}
