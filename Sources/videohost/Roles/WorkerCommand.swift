import API
import ArgumentParser
import Foundation
import Jobs
import MediaModel
import ServiceLifecycle

/// Runs a worker of the pool; any number may run on any number of machines.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run tasks of the pool; needs only the database, Redis and the store.")

    @OptionGroup var backends: BackendOptions

    @Option(help: "Media processes at a time.")
    var slots: Int = EncodingOptions.defaultSlots

    @Option(help: "Lanes to take tasks from, comma-separated: urgent, normal, bulk.")
    var lanes: String = Lane.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: "The worker's name in lists and logs, unique in the pool; derived from the host name if absent.")
    var name: String?

    @Option(help: "Seconds that running tasks get to finish after a signal before they are handed back.")
    var drain: Int = 20

    @Option(help: "Milliseconds without a heartbeat after which other workers take over its tasks.")
    var lease: Int64 = 30_000

    @Option(help: "Serve /health and /metrics on this port; 0 takes a free one.")
    var metricsPort: Int?

    @Option(help: "The address for --metrics-port.")
    var metricsHost: String = "127.0.0.1"

    @OptionGroup var encoding: EncodingOptions
    @OptionGroup var children: MediaChildOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (1...256).contains(slots) else { throw ValidationError("--slots must be 1…256") }
        guard (0...86_400).contains(drain) else { throw ValidationError("--drain must be 0…86400") }
        guard (1_000...3_600_000).contains(lease) else { throw ValidationError("--lease must be 1000…3600000") }
        guard name.map({ (1...128).contains($0.utf8.count) }) ?? true else {
            throw ValidationError("--name must have 1…128 bytes")
        }
        _ = try chosenLanes()
    }

    func run() async throws {
        let logger = log.bootstrap()
        try backends.requireShared(for: "worker")
        try await Node.run(
            backends, encoding: encoding, children: children, slots: slots, schema: .check, port: metricsPort,
            logger: logger
        ) { node in
            var worker = Worker.Configuration(name: name ?? WorkerName.make(), slots: slots)
            worker.lanes = try chosenLanes()
            worker.drain = Int64(drain) * 1000
            worker.lease = lease
            var services: [any Service] = [node.reconciler, node.worker(worker)]
            if let metricsPort {
                let host = metricsHost
                let configuration = APIConfiguration(
                    host: host, port: metricsPort, maximumConnections: 256,
                    allowedHosts: AllowedHosts([], listeningOn: host, isBehindProxies: false) ?? .any)
                services.append(
                    buildOperationsApplication(
                        metrics: node.metrics, checks: node.checks, configuration: configuration, logger: logger
                    ) { port in
                        Announcement.print("videohost: metrics on http://\(host):\(port)/metrics")
                    })
            }
            Announcement.print("videohost: worker \(worker.name) with \(slots) slots")
            return services
        }
    }

    private func chosenLanes() throws -> [Lane] {
        let names = lanes.split(separator: ",").map(String.init)
        let chosen = try names.map { name in
            guard let lane = Lane(rawValue: name) else { throw ValidationError("--lanes: there is no lane “\(name)”") }
            return lane
        }
        guard !chosen.isEmpty else { throw ValidationError("--lanes needs a lane") }
        return chosen
    }
}

/// Generated names of workers.
enum WorkerName {
    /// The host's name, the process id and a random number.
    static func make() -> String {
        "\(ProcessInfo.processInfo.hostName)-\(getpid())-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
    }
}
