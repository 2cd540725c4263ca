internal import MediaModel

extension JobExplanation {
    /// What the queued tasks of a job wait for.
    static func waiting(
        _ queued: [TaskRecord], _ around: Dependencies, at now: Int64, advice: inout [String]
    ) -> [String] {
        guard let first = queued.first else { return [] }
        var sentences: [String] = []
        let alive = around.workers.filter { $0.isAlive(at: now) }
        let taking = alive.filter { !$0.isDraining && $0.lanes.contains(first.lane) }
        if let handed = queued.filter({ $0.dispatchedAt != nil }).first {
            sentences.append(
                "\(handed.id) (\(handed.item.kind)) has been handed out to the \(handed.lane.rawValue) lane for "
                    + "\(spoken(now - (handed.dispatchedAt ?? now))) and waits for a free slot.")
        } else if around.ahead > 0 || around.handedOut >= around.window {
            sentences.append(
                "Its next task is number \(around.ahead + 1) in its creator's line: \(around.handedOut) of the creator's "
                    + "tasks are handed out, of \(around.window) that may be at a time.")
        } else {
            sentences.append("Its next task will be handed out with the next pass of a reconciler.")
        }
        if around.paused.contains(first.lane) {
            sentences.append("The \(first.lane.rawValue) lane is paused.")
            advice.append("`jobs resume --lanes \(first.lane.rawValue)` lets workers take from it again.")
        } else if alive.isEmpty {
            sentences.append("No worker is alive.")
            advice.append("Start `videohost serve`, or a `videohost worker`.")
        } else if taking.isEmpty {
            sentences.append("No worker that is alive takes tasks of the \(first.lane.rawValue) lane.")
            advice.append("Start a worker for that lane, or `jobs resume WORKER` if one is draining.")
        } else if taking.allSatisfy({ $0.busy >= $0.slots }) {
            sentences.append("All \(taking.reduce(0) { $0 + $1.slots }) slots that serve the lane are busy.")
            advice.append("Wait, or start another worker.")
        }
        return sentences
    }

    /// The last failure of a task.
    static func lastError(_ task: TaskRecord) -> [String] {
        guard let code = task.errorCode else { return [] }
        var sentences = ["Its last error is \(code): \(task.errorDetail ?? "")"]
        if let status = task.exitStatus {
            sentences.append(
                status < 0 ? "Its child was ended by signal \(-status)." : "Its child ended with \(status).")
        }
        if let tail = task.logTail, !tail.isEmpty { sentences.append("The child's last words:\n\(tail)") }
        return sentences
    }

    /// A length of time in words: `12 s`, `5 min`, `3 h`, `2 days`.
    static func spoken(_ milliseconds: Int64) -> String {
        switch max(0, milliseconds) / 1000 {
        case let seconds where seconds < 120: "\(seconds) s"
        case let seconds where seconds < 7200: "\(seconds / 60) min"
        case let seconds where seconds < 172_800: "\(seconds / 3600) h"
        case let seconds: "\(seconds / 86_400) days"
        }
    }
}
