import Testing
import Webhooks

@Suite("Endpoint URLs") struct EndpointURLTests {
    @Test(
        "are parsed",
        arguments: [
            ("https://example.org", "example.org", 443, "/"),
            ("HTTPS://Example.ORG:8443/hook?a=b&c=%20d", "example.org", 8443, "/hook?a=b&c=%20d"),
            ("https://example.org?x=1", "example.org", 443, "/?x=1"),
            ("https://[2606:4700::1111]:1/x", "2606:4700::1111", 1, "/x"),
            ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
        ])
    func parts(text: String, host: String, port: Int, target: String) throws {
        let url = try EndpointURL(text, allowsPlain: false, addresses: AddressGuard())
        #expect(url.host == host && url.port == port && url.target == target && url.isSecure)
    }

    @Test(
        "are refused with a code",
        arguments: [
            ("", "invalid_url"), ("example.org/hook", "invalid_url"), ("https://", "invalid_url"),
            ("https://a b/", "invalid_url"), ("https://exämple.org/", "invalid_url"),
            ("https://h/\r\nX: y", "invalid_url"),
            ("https://h\\@127.0.0.1/", "invalid_url"), ("https://h/#x", "invalid_url"), ("https://h:0/", "invalid_url"),
            ("https://h:65536/", "invalid_url"), ("https://h:/", "invalid_url"), ("https://h:+1/", "invalid_url"),
            ("https://.h/", "invalid_url"), ("https://h./", "invalid_url"), ("https://[::1/", "invalid_url"),
            ("https://[1.2.3.4]/", "invalid_url"), ("https://[::1]x/", "invalid_url"),
            ("https://127.1/", "invalid_url"),
            ("https://2130706433/", "invalid_url"), ("https://0x7f000001/", "invalid_url"),
            ("https://0177.0.0.1/", "invalid_url"), ("https://[fe80::1%25eth0]/", "invalid_url"),
            ("http://example.org/", "scheme_not_allowed"), ("ftp://example.org/", "scheme_not_allowed"),
            ("file:///etc/passwd", "scheme_not_allowed"), ("https://user@h/", "credentials_not_allowed"),
            ("https://user:word@h/", "credentials_not_allowed"), ("https://127.0.0.1/", "address_not_allowed"),
            ("https://[::1]/", "address_not_allowed"), ("https://169.254.169.254/", "address_not_allowed"),
            ("https://[::ffff:10.0.0.1]/", "address_not_allowed"),
        ])
    func refused(text: String, code: String) {
        let fault = #expect(throws: EndpointURL.Fault.self) {
            try EndpointURL(text, allowsPlain: false, addresses: AddressGuard())
        }
        #expect(fault?.rawValue == code)
    }

    @Test("may use http and private networks where the settings allow it, and are never longer than the limit")
    func settings()
        throws
    {
        let inside = AddressGuard(allowed: [try #require(Network("127.0.0.0/8"))])
        let url = try EndpointURL("http://127.0.0.1:8000/x", allowsPlain: true, addresses: inside)
        #expect(!url.isSecure && url.port == 8000)
        let long = "https://h/" + String(repeating: "x", count: EndpointURL.limit)
        #expect(throws: EndpointURL.Fault.malformed) { try EndpointURL(long, allowsPlain: false, addresses: inside) }
    }
}
