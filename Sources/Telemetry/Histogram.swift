internal import Synchronization

/// A histogram: for each bound the number of values up to it, and the sum of all values.
public final class Histogram: MetricFamily {
    private struct Series {
        var counts: [UInt64]
        var sum: Double
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
    public func record(_ value: Double, _ labels: String...) { count(value, labels) }

    /// Counts a duration in seconds.
    public func record(_ duration: Duration, _ labels: String...) {
        let (seconds, attoseconds) = duration.components
        count(Double(seconds) + Double(attoseconds) * 1e-18, labels)
    }

    private func count(_ value: Double, _ values: [String]) {
        guard !value.isNaN else { return }
        let key = labels.indices.map { labels[$0].admitted($0 < values.count ? values[$0] : "") }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        series.withLock {
            var series = $0[key] ?? Series(counts: Array(repeating: 0, count: bounds.count + 1), sum: 0)
            series.counts[bucket] += 1
            series.sum += value
            $0[key] = series
        }
    }

    var text: String {
        let series = series.withLock { $0 }
        var text = MetricText.head(name, help, "histogram")
        for (key, series) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
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
