import Ground
import Telemetry
import Testing

@Suite struct MetricsTests {
    @Test("families in order of name, series in order of label, values as short as possible")
    func text() {
        let metrics = Metrics()
        let requests = metrics.counter(
            "requests_total", "Requests.", labels: [.init("method", ["GET", "PUT"]), .init("status", ["2xx", "4xx"])])
        let depth = metrics.gauge("depth", "Deep\nor \\ not.")
        requests.add(1, "PUT", "2xx")
        requests.add(2, "GET", "4xx")
        requests.add(1, "GET", "4xx")
        depth.add(1.5)
        #expect(
            metrics.text == """
                # HELP depth Deep\\nor \\\\ not.
                # TYPE depth gauge
                depth 1.5
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{method="GET",status="4xx"} 3
                requests_total{method="PUT",status="2xx"} 1

                """)
    }

    @Test("buckets are cumulative and a bound belongs to its bucket")
    func histogram() {
        let metrics = Metrics()
        let times = metrics.histogram("t_seconds", "Times.", buckets: [0.1, 1], labels: [.init("kind", ["a"])])
        times.record(0.1, "a")
        times.record(Duration.milliseconds(500), "a")
        times.record(7, "a")
        times.record(Double.nan, "a")
        #expect(
            metrics.text == """
                # HELP t_seconds Times.
                # TYPE t_seconds histogram
                t_seconds_bucket{kind="a",le="0.1"} 1
                t_seconds_bucket{kind="a",le="1"} 2
                t_seconds_bucket{kind="a",le="+Inf"} 3
                t_seconds_sum{kind="a"} 7.6
                t_seconds_count{kind="a"} 3

                """)
    }

    @Test("values outside of the closed set are one series")
    func closed() {
        let metrics = Metrics()
        let requests = metrics.counter("requests_total", "Requests.", labels: [.init("method", ["GET"])])
        for number in 0..<1000 { requests.add(1, "M\(number)") }
        requests.add()
        requests.add(1, "GET", "too many")
        requests.add(-5, "GET")
        #expect(requests.value(MetricLabel.other) == 1001)
        #expect(requests.value("GET") == 1)
        #expect(metrics.text.split(separator: "\n").count == 4)
    }

    @Test("a name that is taken gives the family that has it")
    func twice() {
        let metrics = Metrics()
        metrics.counter("a_total", "A.").add()
        let again = metrics.counter("a_total", "B.")
        again.add()
        #expect(again.value() == 2)
        #expect(metrics.text == "# HELP a_total A.\n# TYPE a_total counter\na_total 2\n")
    }

    @Test("counting from many tasks loses nothing")
    func concurrent() async {
        let metrics = Metrics()
        let count = metrics.counter("a_total", "A.", labels: [.init("x", ["1", "2"])])
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<20 { group.addTask { for _ in 0..<500 { count.add(1, "\(1 + task % 2)") } } }
        }
        #expect(count.value("1") == 5000)
        #expect(count.value("2") == 5000)
    }

    @Test("the process knows itself")
    func process() throws {
        let metrics = Metrics()
        metrics.observeProcess()
        let lines = metrics.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 5)
        for line in lines { #expect(try #require(line.split(separator: " ").last.flatMap { Double($0) }) > 0) }
    }
}
