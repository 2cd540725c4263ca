import Testing

@testable import Rooms

@Suite("Bans")
struct BanTests {
    /// The owner, an account that is host meanwhile, a cohost with an account, and guests.
    private static func scene() throws -> Scene {
        var scene = Scene()
        try scene.join("anna", user: "usr_owner")
        try scene.join("cohost", user: "usr_co")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_cohost", .cohost))
        try scene.join("ben", address: "one", key: "ben's")
        return scene
    }

    @Test("A guest's ban covers the guest's key at any address, and the address with any key")
    func guest() throws {
        var scene = try Self.scene()
        try scene.apply(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 5, reason: nil))
        #expect(throws: RoomFault.banned) { try scene.join("x", address: "one", key: "ben's") }
        #expect(throws: RoomFault.banned) { try scene.join("x", address: "two", key: "ben's") }
        #expect(throws: RoomFault.addressBanned) { try scene.join("x", address: "one", key: "new") }
        try scene.join("account", user: "usr_ben", address: "one")
        try scene.join("other", address: "two", key: "other's")
        try scene.pass(5 * 60_000)
        try scene.join("ben2", address: "one", key: "ben's")
    }

    @Test("A ban removes all guests of the address except those with a role, and all connections of an account")
    func crowd() throws {
        var scene = try Self.scene()
        for number in 0..<20 { try scene.join("g\(number)", address: "one") }
        try scene.apply(.setRole(member: "mem_anna", target: "mem_g7", .cohost))
        try scene.join("mine", user: "usr_x", address: "one")
        try scene.join("mine2", user: "usr_x", address: "three")
        try scene.apply(.kick(member: "mem_anna", target: "mem_ben", banMinutes: 5, reason: "noise"))
        #expect(Set(scene.state.members.keys) == ["mem_anna", "mem_cohost", "mem_g7", "mem_mine", "mem_mine2"])
        #expect(scene.events.last == .left(member: "mem_g9", .kicked, explanation: "noise") || scene.events.count > 20)
        try scene.apply(.kick(member: "mem_anna", target: "mem_mine", banMinutes: 5, reason: nil))
        #expect(scene.state.members["mem_mine2"] == nil)
        // A removal alone is of one.
        try scene.join("y", user: "usr_y")
        try scene.join("y2", user: "usr_y")
        try scene.apply(.kick(member: "mem_anna", target: "mem_y", banMinutes: 0, reason: nil))
        #expect(scene.state.members["mem_y2"] != nil && scene.state.sanctions.bans.count == 2)
    }

    @Test("A ban does not remove the host whom the owner appointed, and only the banned person is told its reason")
    func bystanders() throws {
        var scene = try Self.scene()
        try scene.join("cy", address: "one", key: "cy's")
        try scene.join("cy2", address: "two", key: "cy's")
        try scene.join("by", address: "one", key: "by's")
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .host))
        try scene.apply(.kick(member: "mem_anna", target: "mem_cy", banMinutes: 5, reason: "rude"))
        #expect(try scene.member("ben").role == .host)
        #expect(scene.state.members["mem_by"] == nil && scene.state.members["mem_cy2"] == nil)
        #expect(scene.events.contains(.left(member: "mem_cy", .kicked, explanation: "rude")))
        #expect(scene.events.contains(.left(member: "mem_cy2", .kicked, explanation: "rude")))
        #expect(scene.events.contains(.left(member: "mem_by", .kicked, explanation: nil)))
    }

    @Test("Only the owner and a host with an account may ban, list bans and lift them")
    func rights() throws {
        var scene = try Self.scene()
        try scene.join("victim", user: "usr_victim")
        #expect(throws: RoomFault.notAllowed) {
            try scene.apply(.kick(member: "mem_cohost", target: "mem_victim", banMinutes: 1, reason: nil))
        }
        try scene.apply(.setRole(member: "mem_anna", target: "mem_ben", .host))
        #expect(throws: RoomFault.notAllowed) {
            try scene.apply(.kick(member: "mem_ben", target: "mem_victim", banMinutes: 1, reason: nil))
        }
        #expect(scene.state.members["mem_victim"] != nil)
        try scene.apply(.setRole(member: "mem_ben", target: "mem_cohost", .host))
        try scene.apply(.leave(member: "mem_anna"))
        try scene.apply(.kick(member: "mem_cohost", target: "mem_victim", banMinutes: 1, reason: nil))
        for user in ["usr_victim", nil, "usr_other"] {
            #expect(throws: RoomFault.notAllowed) { try scene.room.bans(for: user, at: scene.now) }
            #expect(throws: RoomFault.notAllowed) { try scene.apply(.liftBan(target: "mem_victim", user: user)) }
        }
        for user in ["usr_co", "usr_owner"] {
            let bans = try scene.room.bans(for: user, at: scene.now)
            #expect(bans.map(\.member) == ["mem_victim"] && bans[0].by == "cohost" && bans[0].userID == "usr_victim")
        }
        #expect(throws: RoomFault.banNotFound) { try scene.apply(.liftBan(target: "mem_x", user: "usr_owner")) }
        #expect(throws: RoomFault.banned) { try scene.join("again", user: "usr_victim") }
        let sequence = scene.state.sequence
        try scene.apply(.liftBan(target: "mem_victim", user: "usr_owner"))
        #expect(scene.state.sequence == sequence, "nobody else is told")
        try scene.join("again", user: "usr_victim")
        #expect(throws: RoomFault.banNotFound) { try scene.apply(.liftBan(target: "mem_victim", user: "usr_owner")) }
    }

    @Test("Expired bans are not listed, and the number of bans is bounded")
    func bounds() throws {
        var scene = try Self.scene()
        for number in 0..<(RoomLimits.bans + 5) {
            try scene.join("g\(number)")
            try scene.apply(
                .kick(member: "mem_anna", target: "mem_g\(number)", banMinutes: 1 + number % 9, reason: nil))
        }
        #expect(scene.state.sanctions.bans.count == RoomLimits.bans)
        #expect(try scene.room.bans(for: "usr_owner", at: scene.now + 5 * 60_000).allSatisfy { $0.until > scene.now })
        #expect(try scene.room.bans(for: "usr_owner", at: scene.now + 10 * 60_000).isEmpty)
    }
}
