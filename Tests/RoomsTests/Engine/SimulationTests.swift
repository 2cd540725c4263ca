import Catalog
import Testing

@testable import Rooms

/// A seeded source of randomness: splitmix64.
struct Dice: RandomNumberGenerator {
    var seed: UInt64
    mutating func next() -> UInt64 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var mixed = seed
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("Rooms under random commands")
struct SimulationTests {
    /// Ten minutes of members who do anything at any moment.
    @Test("No wait lasts for ever, sequence numbers have no gaps, and there is at most one host", arguments: 0..<40)
    func anything(seed: UInt64) throws {
        var dice = Dice(seed: seed)
        var scene = Scene(mode: Bool.random(using: &dice) ? .everyone : .host, duration: 120_000)
        let end = scene.now + 600_000
        var (number, lastPosition) = (0, Int64(0))
        while scene.now < end {
            let before = scene.state
            let command = command(&dice, scene, &number)
            do throws(RoomFault) {
                try scene.apply(command)
            } catch {
                // Refused: then nothing may have changed.
                #expect(scene.state == before, "\(command)")
            }
            try scene.pass(Int64.random(in: 0...2_000, using: &dice))

            let state = scene.state
            #expect(state.members.values.count { $0.role == .host } <= 1)
            let names = state.members.values.filter(\.isGuest).map(\.skeleton)
            #expect(Set(names).count == names.count, "two guests look alike")
            #expect((0...state.playback.video.duration).contains(scene.position))
            #expect(state.playback.revision >= before.playback.revision)
            #expect((state.playback.phase == .waiting) == (state.playback.wait != nil))
            if let wait = state.playback.wait {
                #expect(scene.now - wait.since <= RoomLimits.longestWait, "waits without end")
            }
            if state.playback.revision == before.playback.revision { #expect(scene.position >= lastPosition) }
            if let due = scene.room.nextDeadline { #expect(due > scene.now, "something due was not done") }
            lastPosition = scene.position
        }
        #expect(scene.state.sequence == Int64(scene.events.count))
        #expect(scene.state.playback.revision > 10)
    }

    private func command(_ dice: inout Dice, _ scene: Scene, _ number: inout Int) -> RoomCommand {
        let members = scene.state.queue
        guard let member = members.randomElement(using: &dice), Int.random(in: 0..<12, using: &dice) > 0 else {
            number += 1
            let name = "m\(number)"
            return .join(
                JoinRequest(
                    id: "mem_" + name, name: name,
                    userID: number % 5 == 1 ? "usr_owner" : number % 5 == 2 ? "usr_\(number)" : nil, secretDigest: "",
                    origin: Origin(address: "\(number % 7)", guestKey: name),
                    attachment: Attachment(node: "n\(number % 3)", connection: "con_" + name),
                    roundTrip: Int64.random(in: 0...800, using: &dice)))
        }
        let target = members.randomElement(using: &dice) ?? member
        let position = Int64.random(in: -10...130_000, using: &dice)
        switch Int.random(in: 0..<22, using: &dice) {
        case 0, 1: return .control(member: member.id, .play, base: nil)
        case 2: return .control(member: member.id, .pause(position: position), base: nil)
        case 3: return .control(member: member.id, .seek(position: position), base: nil)
        case 4: return .control(member: member.id, .rate([0.25, 1, 2, 3].randomElement(using: &dice) ?? 1), base: nil)
        case 5: return .control(member: member.id, .skipWait, base: scene.playback.revision - 1)
        case 6:
            return .control(
                member: member.id, .media(RoomVideo(id: "vid_\(number)", title: "t", duration: 60_000)), base: nil)
        case 7, 8, 9, 10:
            return .ready(member: member.id, revision: scene.playback.revision, roundTrip: 50)
        case 11, 12:
            return .buffering(member: member.id, isBuffering: Bool.random(using: &dice), position: scene.position)
        case 13: return .lost(member: member.id, connection: member.connection)
        case 14: return .resume(member: member.id, Attachment(node: "n9", connection: "con_\(position)"))
        case 15: return .leave(member: member.id)
        case 16: return .kick(member: member.id, target: target.id, banMinutes: 1, reason: nil)
        case 17:
            return .setRole(
                member: member.id, target: target.id, [.host, .cohost, .member].randomElement(using: &dice) ?? .member)
        case 18: return .nodesLost(["n1"])
        case 19: return .mute(member: member.id, target: target.id, seconds: 5)
        case 20:
            return .liftBan(target: scene.state.sanctions.bans.last?.member ?? "none", user: member.userID)
        default: return .chat(member: member.id, text: "hello", commandID: nil)
        }
    }
}
