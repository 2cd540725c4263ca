internal import Synchronization

/// A histogram: for each bound the number of values up to it, and the sum of all values.
public final class Histogram: MetricFamily {
    /// The values with the same label values. Whoever keeps it saves the search.
    public final class Series: Sendable {
        fileprivate struct State {
            var counts: [UInt64]
            var sum = 0.0
        }

        private let bounds: [Double]
        private let state: Mutex<State>

        fileprivate init(_ bounds: [Double]) {
            self.bounds = bounds
            state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
        }

        /// Counts a value; ignores NaN.
        public func record(_ value: Double) {
            guard !value.isNaN else { return }
            let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
            state.withLock {
                $0.counts[bucket] += 1
                $0.sum += value
            }
        }

        /// Counts a duration in seconds.
        public func record(_ duration: Duration) {
            let (seconds, attoseconds) = duration.components
            record(Double(seconds) + Double(attoseconds) * 1e-18)
        }

        fileprivate var current: State { state.withLock { $0 } }
    }

    let name: String
    private let help: String
    private let bounds: [Double]
    private let labels: [MetricLabel]
    private let series = Mutex<[[String]: Series]>([:])

    /// Bounds for response times, from 1 ms to a minute.
    public static let seconds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// Bounds for long work, from a tenth of a second to an hour.
    public static let longSeconds: [Double] = [0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600]

    init(name: String, help: String, buckets: [Double], labels: [MetricLabel]) {
        self.name = name
        self.help = help
        self.bounds = buckets.filter { $0.isFinite }.sorted()
        self.labels = labels
    }

    /// Counts a value in the series with these label values; ignores NaN.
    public func record(_ value: Double, _ labels: String...) {
        if !value.isNaN { one(labels).record(value) }
    }

    /// Counts a duration in seconds.
    public func record(_ duration: Duration, _ labels: String...) { one(labels).record(duration) }

    /// The series with these label values, for whoever counts in it often.
    public func series(_ labels: String...) -> Series { one(labels) }

    private func one(_ values: [String]) -> Series {
        let key = labels.indices.map { labels[$0].admitted($0 < values.count ? values[$0] : "") }
        return series.withLock { series in
            if let known = series[key] { return known }
            let new = Series(bounds)
            series[key] = new
            return new
        }
    }

    var text: String {
        let series = series.withLock { $0 }
        var text = MetricText.head(name, help, "histogram")
        for (key, values) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let series = values.current
            let pairs = Array(zip(labels.map(\.name), key))
            var total: UInt64 = 0
            for (bound, count) in zip(bounds + [.infinity], series.counts) {
                total += count
                text += MetricText.sample(name + "_bucket", pairs + [("le", MetricText.number(bound))], Double(total))
            }
            text += MetricText.sample(name + "_sum", pairs, series.sum)
            text += MetricText.sample(name + "_count", pairs, Double(total))
        }
        return text
    }
}
