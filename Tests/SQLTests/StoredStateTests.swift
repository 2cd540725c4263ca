import SQL
import Testing

@Suite("States in statements")
struct StoredStateTests {
    private enum Light: String, StoredState {
        case red, green
        case broken = "it's off"

        enum Event: CaseIterable { case toggled, broke, explode }

        func after(_ event: Event) -> Light? {
            switch (event, self) {
            case (.toggled, .red): .green
            case (.toggled, .green): .red
            case (.broke, _): .broken
            case (.toggled, .broken), (.explode, _): nil
            }
        }
    }

    @Test("Conditions and targets in SQL come from the transition table")
    func table() {
        #expect(Light.accepting(.toggled) == [.red, .green])
        #expect(Light.targets(of: .broke) == [.broken])
        #expect(
            Light.expression(after: .toggled, column: "light")
                == "CASE light WHEN 'red' THEN 'green' WHEN 'green' THEN 'red' END")
        #expect(Light.expression(after: .broke) == "'it''s off'")
        #expect(Light.expression(after: .explode) == "NULL")
    }

    @Test("Cases are written as literals with doubled quotes, and an empty list matches nothing")
    func literals() throws {
        #expect("x = \(sql: Light.broken)" == "x = 'it''s off'")
        #expect("x IN \(sql: [Light.red, .green])" == "x IN ('red', 'green')")
        #expect("x IN \(sql: Light.accepting(.explode))" == "x IN (NULL)")
    }
}
