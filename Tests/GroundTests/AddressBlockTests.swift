import Ground
import Testing

@Suite("Blocks of addresses")
struct AddressBlockTests {
    @Test(
        "One client's addresses are one block",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:0201", "192.0.2.1"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:0DB8:0001:0002::", "2001:db8:1:2::/64"), ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("fe80::1%eth0", "fe80:0:0:0::/64"), ("::1", "0:0:0:0::/64"), ("unknown", "unknown"), ("", ""),
            ("1:2", "1:2"),
        ])
    func blocks(address: String, block: String) {
        #expect(AddressBlock.of(address) == block)
    }

    @Test(
        "This machine's own addresses",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("::2", false), ("unknown", false), ("2001:db8::1", false),
        ])
    func loopback(address: String, isLoopback: Bool) {
        #expect(AddressBlock.isLoopback(address) == isLoopback)
    }
}
