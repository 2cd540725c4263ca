internal import Synchronization

/// One series of a family: a number with the label values that it belongs to. Whoever keeps it saves the search.
public final class MetricSeries: Sendable {
    private let number = Mutex(0.0)

    init() {}

    /// The current value.
    public var value: Double { number.withLock { $0 } }

    /// Adds to the value; of a counter only amounts of at least 0.
    public func add(_ amount: Double = 1) { number.withLock { $0 += amount } }

    func set(_ value: Double) { number.withLock { $0 = value } }
}

/// The series of a family by their label values.
final class SeriesTable: Sendable {
    let name: String
    let help: String
    let labels: [MetricLabel]
    private let series: Mutex<[[String]: MetricSeries]>

    init(name: String, help: String, labels: [MetricLabel]) {
        self.name = name
        self.help = help
        self.labels = labels
        // A family without labels has its series with the value 0 from the start.
        series = Mutex(labels.isEmpty ? [[]: MetricSeries()] : [:])
    }

    /// The series of some label values; created with the value 0 if it is new.
    func one(_ given: [String]) -> MetricSeries {
        let key = key(given)
        return series.withLock { series in
            if let known = series[key] { return known }
            let new = MetricSeries()
            series[key] = new
            return new
        }
    }

    func value(_ given: [String]) -> Double {
        let key = key(given)
        return series.withLock { $0[key] }?.value ?? 0
    }

    func text(kind: MetricKind) -> String {
        let series = series.withLock { $0 }
        return MetricText.head(name, help, kind.rawValue)
            + series.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { MetricText.sample(name, Array(zip(labels.map(\.name), $0.key)), $0.value.value) }.joined()
    }

    private func key(_ given: [String]) -> [String] {
        // A missing label value becomes `other` and a surplus one is dropped: a wrong count must not create a new series.
        labels.indices.map { labels[$0].admitted($0 < given.count ? given[$0] : "") }
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
        series.one(labels).add(amount)
    }

    /// The series with these label values, for whoever adds to it often.
    public func series(_ labels: String...) -> MetricSeries { series.one(labels) }

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
        series.one(labels).add(amount)
    }

    /// Sets the series with these label values.
    public func set(_ value: Double, _ labels: String...) {
        series.one(labels).set(value)
    }

    /// The series with these label values, for whoever changes it often.
    public func series(_ labels: String...) -> MetricSeries { series.one(labels) }

    /// The current value of the series.
    public func value(_ labels: String...) -> Double { series.value(labels) }
}
