internal import Synchronization

/// The metrics of a process, for `/metrics`.
///
/// Families are registered once, at start, and written from any thread. Reading takes time in proportion to the series.
/// Label values come from closed sets: a value outside its set is counted as `other`, so that clients cannot create series.
public final class Metrics: Sendable {
    private let families = Mutex<[any MetricFamily]>([])

    /// A registry without families.
    public init() {}

    /// Registers a counter, which only rises.
    /// - Parameters:
    ///   - name: Lower case with underscores; ends in `_total`.
    ///   - help: One sentence.
    ///   - labels: Each label with the values it may have.
    public func counter(_ name: String, _ help: String, labels: [MetricLabel] = []) -> Counter {
        add(Counter(series: SeriesTable(name: name, help: help, labels: labels)))
    }

    /// Registers a gauge, which rises and falls.
    /// - Parameters:
    ///   - name: Lower case with underscores; ends in its unit.
    ///   - help: One sentence.
    ///   - labels: Each label with the values it may have.
    public func gauge(_ name: String, _ help: String, labels: [MetricLabel] = []) -> Gauge {
        add(Gauge(series: SeriesTable(name: name, help: help, labels: labels)))
    }

    /// Registers a histogram.
    /// - Parameters:
    ///   - name: Lower case with underscores; ends in its unit: `_seconds`, `_bytes`.
    ///   - help: One sentence.
    ///   - buckets: Upper bounds, rising; the bucket without a bound is added.
    ///   - labels: Each label with the values it may have.
    public func histogram(
        _ name: String, _ help: String, buckets: [Double] = Histogram.seconds, labels: [MetricLabel] = []
    ) -> Histogram {
        add(Histogram(name: name, help: help, buckets: buckets, labels: labels))
    }

    /// Registers a metric whose value is read on each scrape.
    /// - Parameters:
    ///   - name: Lower case with underscores.
    ///   - help: One sentence.
    ///   - kind: Whether the value only rises.
    ///   - read: Returns the value, or `nil` if it is unknown; called on the reader's thread, and must be fast.
    public func observe(
        _ name: String, _ help: String, kind: MetricKind = .gauge, read: @escaping @Sendable () -> Double?
    ) {
        _ = add(Observation(name: name, help: help, kind: kind, read: read))
    }

    /// All families in the Prometheus text format, version 0.0.4.
    public var text: String {
        let families = families.withLock { $0 }
        return families.sorted { $0.name < $1.name }.map(\.text).joined()
    }

    /// The MIME type of ``text``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// A second family of the same name would make the text invalid: the first one is returned again.
    private func add<Family: MetricFamily>(_ family: Family) -> Family {
        families.withLock { families in
            if let known = families.first(where: { $0.name == family.name }) as? Family { return known }
            if !families.contains(where: { $0.name == family.name }) { families.append(family) }
            return family
        }
    }
}

/// The kind of a metric that is read on each scrape.
public enum MetricKind: String, Sendable {
    /// Only rises, from 0 at the start.
    case counter
    /// Rises and falls.
    case gauge
}

/// A label and its possible values.
public struct MetricLabel: Sendable {
    /// The name.
    public let name: String
    /// The possible values; any other value becomes ``other``.
    public let values: Set<String>

    /// The value that replaces values outside the set.
    public static let other = "other"

    /// A label with its possible values.
    public init(_ name: String, _ values: some Sequence<String>) {
        self.name = name
        self.values = Set(values)
    }

    func admitted(_ value: String) -> String { values.contains(value) ? value : Self.other }
}

/// A metric family as the registry uses it.
protocol MetricFamily: Sendable {
    var name: String { get }
    var text: String { get }
}

/// A family whose single value is read on each scrape.
struct Observation: MetricFamily {
    let name: String
    let help: String
    let kind: MetricKind
    let read: @Sendable () -> Double?

    var text: String {
        guard let value = read() else { return "" }
        return MetricText.head(name, help, kind.rawValue) + MetricText.sample(name, [], value)
    }
}
