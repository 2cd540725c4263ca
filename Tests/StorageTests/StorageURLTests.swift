import Testing

@testable import Storage

@Suite struct StorageURLTests {
    @Test(
        "URLs of folders are parsed",
        arguments: [
            ("file:/srv/media", "/srv/media"), ("file:///srv/media", "/srv/media"), ("file:media", "media"),
            ("file:./a b", "./a b"),
        ])
    func files(text: String, path: String) throws { #expect(try StorageURL(text) == .file(path: path)) }

    @Test(
        "URLs of buckets are parsed",
        arguments: [
            ("s3://films", "s3://films?endpoint=https://s3.us-east-1.amazonaws.com&region=us-east-1&style=host"),
            (
                "s3://films/lib/a/?region=eu-central-1",
                "s3://films/lib/a?endpoint=https://s3.eu-central-1.amazonaws.com&region=eu-central-1&style=host"
            ),
            ("s3://my.films", "s3://my.films?endpoint=https://s3.us-east-1.amazonaws.com&region=us-east-1&style=path"),
            (
                "s3://films?endpoint=http://127.0.0.1:9000&region=garage",
                "s3://films?endpoint=http://127.0.0.1:9000&region=garage&style=path"
            ),
            (
                "s3://films?endpoint=https%3A%2F%2FStore.example.org%3A443%2F&style=host",
                "s3://films?endpoint=https://store.example.org&region=us-east-1&style=host"
            ),
            (
                "s3://films?endpoint=http://[::1]:80",
                "s3://films?endpoint=http://[::1]&region=us-east-1&style=path"
            ),
        ])
    func buckets(text: String, location: String) throws {
        guard case .s3(let found) = try StorageURL(text) else {
            Issue.record("no bucket")
            return
        }
        #expect(found.description == location)
        #expect(try StorageURL(found.description) == .s3(found))
    }

    @Test("the bucket is in the path or in the host name")
    func styles() {
        let path = S3Location(bucket: "films", authority: "h:1", region: "r", style: .path)
        #expect(path.path(of: "a b/c") == "/films/a%20b/c")
        #expect(path.path(of: nil) == "/films")
        #expect(path.host == "h:1")
        let host = S3Location(bucket: "films", prefix: "p", authority: "h:1", region: "r", style: .host)
        #expect(host.path(of: host.fullKey("k")) == "/p/k")
        #expect(host.path(of: nil) == "/")
        #expect(host.host == "films.h:1")
    }

    @Test(
        "an invalid URL is refused with the reason",
        arguments: [
            ("", "begin with"), ("/srv/media", "begin with"), ("http://a/b", "begin with"), ("file:", "needs a folder"),
            ("file://host/x", "takes no host"), ("s3://", "not a bucket name"), ("s3://Films", "not a bucket name"),
            ("s3://key:secret@films", "no credentials"), ("s3://films/../x", "is not a prefix"),
            ("s3://films?secret=x", "is not an option"), ("s3://films?region=", "needs a value"),
            ("s3://films?region", "needs a value"), ("s3://films?region=a&region=b", "twice"),
            ("s3://films?region=a/b", "region name"), ("s3://films?style=virtual", "path or host"),
            ("s3://films?endpoint=127.0.0.1:9000", "http:// or https://"),
            ("s3://films?endpoint=http://h/path", "host with or without a port"),
            ("s3://films?endpoint=http://u:p@h", "host with or without a port"), ("s3://films#x", "#"),
            ("s3://films?region=%zz", "needs a value"),
        ])
    func wrong(text: String, reason: String) {
        do {
            let url = try StorageURL(text)
            Issue.record("\(text) was read as \(url)")
        } catch {
            #expect(error.description.contains(reason), "\(error)")
        }
    }
}
