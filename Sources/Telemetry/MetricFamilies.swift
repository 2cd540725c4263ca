internal import Synchronization

/// The series of a family by their label values.
final class SeriesTable: Sendable {
    let name: String
    let help: String
    let labels: [MetricLabel]
    private let values: Mutex<[[String]: Double]>

    init(name: String, help: String, labels: [MetricLabel]) {
        self.name = name
        self.help = help
        self.labels = labels
        // A family without labels has its series with the value 0 from the start.
        values = Mutex(labels.isEmpty ? [[]: 0] : [:])
    }

    func key(_ given: [String]) -> [String] {
        // A missing label value becomes `other` and a surplus one is dropped: a wrong count must not create a new series.
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

/// A counter: a number that only rises.
public struct Counter: MetricFamily {
    let series: SeriesTable
    var name: String { series.name }
    var text: String { series.text(kind: .counter) }

    /// Adds to the series with these label values, in the order of registration.
    /// - Parameter amount: At least 0; a negative amount is ignored.
    public func add(_ amount: Double = 1, _ labels: String...) {
        guard amount >= 0 else { return }
        series.change(labels) { $0 += amount }
    }

    /// The current value of the series.
    public func value(_ labels: String...) -> Double { series.value(labels) }
}

/// A gauge: a number that rises and falls.
public struct Gauge: MetricFamily {
    let series: SeriesTable
    var name: String { series.name }
    var text: String { series.text(kind: .gauge) }

    /// Adds to the series with these label values; negative amounts lower it.
    public func add(_ amount: Double, _ labels: String...) {
        series.change(labels) { $0 += amount }
    }

    /// Sets the series with these label values.
    public func set(_ value: Double, _ labels: String...) {
        series.change(labels) { $0 = value }
    }

    /// The current value of the series.
    public func value(_ labels: String...) -> Double { series.value(labels) }
}
