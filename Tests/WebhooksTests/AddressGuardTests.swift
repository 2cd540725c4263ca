import Testing
import Webhooks

@Suite("Addresses") struct AddressGuardTests {
    @Test(
        "of private networks are refused",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
            "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
            "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
            "::", "::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1",
            "2001::1", "64:ff9b:1::1", "4000::1", "::7f00:1",
            "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::127.0.0.1", "64:ff9b::c0a8:101",
            "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:0101::",
        ])
    func closed(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!AddressGuard().allows(address))
    }

    @Test(
        "of the public network are accepted",
        arguments: [
            "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
            "192.167.255.255", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e",
            "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
        ])
    func open(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressGuard().allows(address))
    }

    @Test("that a setting allows are accepted, and no others") func allowed() throws {
        let guarded = AddressGuard(
            allowed: try ["127.0.0.0/8", "fd00::/8", "10.0.0.5"].map { try #require(Network($0)) })
        for text in ["127.0.0.1", "127.9.9.9", "fd00::1", "10.0.0.5", "::ffff:127.0.0.1"] {
            let address = try #require(IPAddress(text))
            #expect(guarded.allows(address), "\(text)")
        }
        for text in ["10.0.0.6", "128.0.0.0.1", "::1", "fc00::1", "192.168.0.1"] {
            #expect(IPAddress(text).map { guarded.allows($0) } != true, "\(text)")
        }
    }

    @Test(
        "are parsed strictly",
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "0x7f.0.0.1", "1.2.3.4 ", "+1.2.3.4", ":", ":::",
            "1::2::3",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::12345", "fe80::1%eth0", "::1.2.3", "1:2:3:4:5:6:7::8", "::g",
        ])
    func strict(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("Networks are parsed strictly", arguments: ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "x/8"])
    func networks(text: String) {
        #expect(Network(text) == nil)
    }
}
