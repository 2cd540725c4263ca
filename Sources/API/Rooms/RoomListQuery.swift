internal import Catalog
internal import HummingbirdCore
internal import Rooms

/// Which page of which rooms is wanted.
struct RoomListQuery: Sendable {
    /// Which page.
    let page: PageQuery
    /// Whether only rooms are wanted in which somebody is.
    let isOccupied: Bool

    /// Reads the query; parameters that nobody knows are left alone.
    /// - Throws: ``Problem`` with 422 and what is wrong.
    init(_ parameters: FlatDictionary<Substring, Substring>) throws {
        page = try PageQuery(parameters, prefix: .room)
        let values = parameters[values: "occupied"]
        guard values.count <= 1 else {
            throw Problem.invalid([.init(pointer: "?occupied", code: "repeated", detail: "Must be given once.")])
        }
        switch values.first {
        case nil, "0", "false": isOccupied = false
        case "1", "true": isOccupied = true
        default:
            throw Problem.invalid([.init(pointer: "?occupied", code: "wrong_type", detail: "Must be 1 or 0.")])
        }
    }
}
