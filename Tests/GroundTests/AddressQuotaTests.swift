import Ground
import Testing

@Suite("A quota for each address") struct AddressQuotaTests {
    @Test("An address has at most so many places at a time, and its network counts as one")
    func quota() {
        let quota = AddressQuota(limit: 2)
        var places = [quota.take("2001:db8::1"), quota.take("2001:db8::2")]
        #expect(places.allSatisfy { $0 != nil })
        #expect(quota.take("2001:db8::3") == nil)
        #expect(quota.refused == 1)
        #expect(quota.take("2001:db8:0:1::3") != nil)
        let other = quota.take("192.0.2.1")
        #expect(other != nil)
        places.removeLast()
        #expect(quota.take("2001:db8::3") != nil)
        places.removeAll()
        // Nothing is kept of those who have gone.
        #expect(quota.addresses == 1)
        withExtendedLifetime(other) {}
    }

    @Test("Without a limit every address gets a place; a block is the address that it stands for")
    func unlimited() {
        let quota = AddressQuota(limit: nil)
        let places = (0..<1000).map { _ in quota.take("192.0.2.1") }
        #expect(places.allSatisfy { $0 != nil } && quota.refused == 0)
        let limited = AddressQuota(limit: 1)
        let place = limited.take("2001:db8::1")
        #expect(place != nil && limited.take(AddressBlock.of("2001:db8::2")) == nil)
    }
}
