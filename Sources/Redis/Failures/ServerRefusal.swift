/// Explains the error replies of a server to operators.
enum ServerRefusal {
    /// The first line of the server's text, preceded by advice where it helps. Never contains a password.
    static func explained(_ text: String) -> String {
        // The text of protected mode is a page long.
        let line = text.prefix(200).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        guard let advice = advice(text) else { return line }
        return "\(advice) (\(line))"
    }

    /// Whether the error lasts until a setting of the client or the server is changed.
    static func isLasting(_ text: String) -> Bool {
        switch text.prefix(while: { $0 != " " }) {
        case "WRONGPASS", "NOAUTH", "NOPERM", "DENIED": true
        default: isAboutPassword(text) || isAboutDatabase(text)
        }
    }

    private static func advice(_ text: String) -> String? {
        switch text.prefix(while: { $0 != " " }) {
        case "WRONGPASS": "the user name or password is wrong"
        case "NOAUTH": "the server wants a password: put it in the URL, redis://user:password@host"
        case "NOPERM": "the user is not allowed to do this: widen its ACL"
        case "DENIED": "the server is in protected mode: give it a password or bind it to loopback"
        case "LOADING": "the server is still loading its data"
        case "READONLY": "the server is a read-only replica: name the primary in the URL"
        case "MASTERDOWN": "the server is a replica without its primary: name the primary in the URL"
        case "OOM": "the server has used all its memory: raise its maxmemory"
        case "MISCONF": "the server cannot write to its disk and takes no changes: see its log"
        case "MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT", "TRYAGAIN":
            "the server is part of a cluster, which is not supported: use a single server"
        default:
            if isAboutPassword(text) {
                "a password was given, and the server has none: remove it from the URL or set it there"
            } else if isAboutDatabase(text) {
                "the server has no database of that number: change it in the URL"
            } else {
                nil
            }
        }
    }

    private static func isAboutPassword(_ text: String) -> Bool {
        text.hasPrefix("ERR AUTH ") || text.hasPrefix("ERR Client sent AUTH, but no password")
    }

    private static func isAboutDatabase(_ text: String) -> Bool {
        text.hasPrefix("ERR DB index") || text.hasPrefix("ERR invalid DB index")
            || text.hasPrefix("ERR SELECT is not allowed in cluster mode")
    }
}
