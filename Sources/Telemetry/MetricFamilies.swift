internal import Synchronization

/// Series of a family by the values of its labels.
final class SeriesTable: Sendable {
    let name: String
    let help: String
    let labels: [MetricLabel]
    private let values: Mutex<[[String]: Double]>

    init(name: String, help: String, labels: [MetricLabel]) {
        self.name = name
        self.help = help
        self.labels = labels
        // A family without labels shows its 0 from the start.
        values = Mutex(labels.isEmpty ? [[]: 0] : [:])
    }

    func key(_ given: [String]) -> [String] {
        // A value too few is `other`, one too many is dropped: a wrong count must not create a new series.
        labels.indices.map { labels[$0].admitted($0 < given.count ? given[$0] : "") }
    }

    func change(_ given: [String], _ body: (inout Double) -> Void) {
        let key = key(given)
        values.withLock { body(&$0[key, default: 0]) }
    }

    func value(_ given: [String]) -> Double {
        let key = key(given)
        return values.withLock { $0[key] ?? 0 }
    }

    func text(kind: MetricKind) -> String {
        let values = values.withLock { $0 }
        return MetricText.head(name, help, kind.rawValue)
            + values.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { MetricText.sample(name, Array(zip(labels.map(\.name), $0.key)), $0.value) }.joined()
    }
}

/// A number that only rises.
public struct Counter: MetricFamily {
    let series: SeriesTable
    var name: String { series.name }
    var text: String { series.text(kind: .counter) }

    /// Adds to the series with these values of the labels, in the order of registration.
    /// - Parameter amount: At least 0; a negative amount is ignored.
    public func add(_ amount: Double = 1, _ labels: String...) {
        guard amount >= 0 else { return }
        series.change(labels) { $0 += amount }
    }

    /// What the series has reached.
    public func value(_ labels: String...) -> Double { series.value(labels) }
}

/// A number that rises and falls.
public struct Gauge: MetricFamily {
    let series: SeriesTable
    var name: String { series.name }
    var text: String { series.text(kind: .gauge) }

    /// Adds to the series with these values of the labels; negative amounts lower it.
    public func add(_ amount: Double, _ labels: String...) {
        series.change(labels) { $0 += amount }
    }

    /// Sets the series with these values of the labels.
    public func set(_ value: Double, _ labels: String...) {
        series.change(labels) { $0 = value }
    }

    /// What the series is at.
    public func value(_ labels: String...) -> Double { series.value(labels) }
}
