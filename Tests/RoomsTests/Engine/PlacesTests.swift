import Catalog
import Testing

@testable import Rooms

@Suite("The places of a room")
struct PlacesTests {
    @Test("Some places are reserved for accounts, some for the owner; the owner can always join")
    func reserved() throws {
        var scene = Scene()
        let guests = RoomLimits.members - RoomLimits.accountPlaces - RoomLimits.ownerPlaces
        for number in 0..<guests { try scene.join("g\(number)") }
        #expect(throws: RoomFault.full) { try scene.join("guest") }
        let accounts = RoomLimits.accountPlaces - RoomLimits.moderatorPlaces
        for number in 0..<accounts { try scene.join("a\(number)", user: "usr_\(number)") }
        #expect(throws: RoomFault.full) { try scene.join("account", user: "usr_x") }
        // A cohost who went makes room for one more, and comes back all the same.
        try scene.join("host", user: "usr_owner")
        try scene.apply(.setRole(member: "mem_host", target: "mem_a0", .cohost))
        try scene.apply(.leave(member: "mem_host"))
        try scene.apply(.leave(member: "mem_a0"))
        try scene.join("more", user: "usr_more")
        for number in 0..<RoomLimits.moderatorPlaces { try scene.join("back\(number)", user: "usr_0") }
        #expect(throws: RoomFault.full) { try scene.join("back", user: "usr_0") }
        for number in 0..<RoomLimits.ownerPlaces { try scene.join("o\(number)", user: "usr_owner") }
        #expect(try scene.member("o0").role == .host)
        #expect(throws: RoomFault.full) { try scene.join("more", user: "usr_owner") }
        #expect(scene.state.members.count == RoomLimits.members)
    }

    @Test(
        "An address has so many guests in a room, and half as many more members in all; others come in all the same")
    func address() throws {
        var scene = Scene()
        for number in 0..<3 { try scene.join("g\(number)", address: "one", limit: 3) }
        let before = scene.state
        #expect(throws: RoomFault.tooManyOfAddress) { try scene.join("more", address: "one", limit: 3) }
        #expect(scene.state == before)
        try scene.join("elsewhere", address: "two", limit: 3)
        try scene.join("ben", user: "usr_ben", address: "one", limit: 3)
        #expect(throws: RoomFault.tooManyOfAddress) {
            try scene.join("cleo", user: "usr_cleo", address: "one", limit: 3)
        }
        try scene.join("cleo", user: "usr_cleo", address: "two", limit: 3)
        try scene.join("anna", user: "usr_owner", address: "one", limit: 3)
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .cohost))
        try scene.apply(.leave(member: "mem_ben"))
        try scene.apply(.leave(member: "mem_anna"))
        try scene.join("dora", user: "usr_dora", address: "one", limit: 3)
        try scene.join("ben", user: "usr_ben", address: "one", limit: 3)
        try scene.apply(.leave(member: "mem_ben"))
        try scene.apply(.leave(member: "mem_g0"))
        try scene.join("more", address: "one", limit: 3)
    }

    @Test("An account has at most ten members in a room, and one that is away makes way for a new one")
    func account() throws {
        var scene = Scene()
        for number in 0..<RoomLimits.membersPerAccount { try scene.join("a\(number)", user: "usr_a") }
        #expect(throws: RoomFault.tooManyOfAccount) { try scene.join("more", user: "usr_a") }
        try scene.apply(.lost(member: "mem_a3", connection: "con_a3"))
        try scene.join("more", user: "usr_a")
        #expect(scene.state.members["mem_a3"] == nil)
        #expect(scene.state.members.count == RoomLimits.membersPerAccount)
    }

    @Test("The joins, guests and misses of one address are limited, and the number of remembered addresses is bounded")
    func addressLimits() {
        let limits = AddressLimits(guestsInRoom: 2)
        var places = (0..<8).map { _ in limits.enter("a") }
        #expect(places.allSatisfy { $0 != nil })
        #expect(limits.enter("a") == nil && limits.enter("b") != nil)
        places.removeLast()
        places.append(limits.enter("a"))
        #expect(places.last != nil && limits.enter("a") == nil)
        for _ in 0..<4 { #expect(limits.waitToJoin("a", at: 0) == nil) }
        #expect(limits.waitToJoin("a", at: 0) == 500)
        #expect(limits.waitToJoin("b", at: 0) == nil)
        for _ in 0..<20 { #expect(limits.countMiss("a", at: 0) == nil) }
        #expect(limits.countMiss("a", at: 0) == 1000)
        #expect(limits.countMiss("a", at: 1000) == nil)
        let unlimited = AddressLimits(guestsInRoom: 0)
        for _ in 0..<1000 {
            places.append(unlimited.enter("a"))
            #expect(places.last != nil && unlimited.waitToJoin("a", at: 0) == nil)
        }
        // Who has used up theirs is not forgotten for others' sake.
        var buckets = KeyedBuckets(burst: 20, perSecond: 1)
        for _ in 0..<20 { #expect(buckets.take("a", at: 0) == nil) }
        for number in 0..<20_000 { _ = buckets.take("\(number)", at: 0) }
        #expect(buckets.count <= KeyedBuckets.limit && buckets.take("a", at: 0) == 1000)
        // Once it is full again, it may go.
        for number in 0..<20_000 { _ = buckets.take("\(number)", at: 60_000) }
        #expect(buckets.take("a", at: 60_000) == nil)
    }
}
