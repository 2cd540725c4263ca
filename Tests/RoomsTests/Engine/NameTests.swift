import Testing

@testable import Rooms

@Suite("The names of guests")
struct NameTests {
    @Test(
        "A name that looks like a present member's or an account's is marked",
        arguments: ["anna", "ANNA", "аnna", "an\u{200D}na"])
    func marked(name: String) throws {
        var scene = Scene()
        try scene.join("owner", user: "usr_owner", shown: "anna")
        try scene.join("one", shown: name)
        #expect(try scene.member("one").name == name + " (guest)")
        try scene.join("two", shown: "anna")
        #expect(try scene.member("two").name == "anna (guest 2)")
        try scene.join("three", shown: "Ben", isNameTaken: true)
        #expect(try scene.member("three").name == "Ben (guest)")
        try scene.join("four", shown: String(repeating: "x", count: 40), isNameTaken: true)
        #expect(try scene.member("four").name == String(repeating: "x", count: 32) + " (guest)")
        try scene.join("five", shown: "Cleo")
        #expect(try scene.member("five").name == "Cleo")
    }

    @Test("An account that joins takes its name back from guests, and members are told")
    func takenBack() throws {
        var scene = Scene()
        try scene.join("guest", shown: "Ben")
        scene.forgetEvents()
        try scene.join("ben", user: "usr_ben", shown: "ben")
        #expect(try scene.member("ben").name == "ben")
        #expect(try scene.member("guest").name == "Ben (guest)")
        #expect(scene.events.contains(.updated(try scene.member("guest"))))
    }

    @Test("A guest who lost the connection and joins again keeps the name")
    func reload() throws {
        var scene = Scene()
        try scene.join("one", key: "k", shown: "Ben")
        try scene.apply(.lost(member: "mem_one", connection: "con_one"))
        try scene.join("two", key: "k", shown: "Ben")
        #expect(try scene.member("two").name == "Ben")
        try scene.join("three", key: "other", shown: "Ben")
        #expect(try scene.member("three").name == "Ben (guest)")
    }

    @Test("Three hundred guests with the same name get three hundred names")
    func crowd() throws {
        var scene = Scene()
        for number in 0..<300 { try scene.join("g\(number)", shown: "Ben") }
        #expect(Set(scene.state.members.values.map(\.skeleton)).count == 300)
        #expect(try scene.member("g299").name == "Ben (guest 299)")
    }
}
