internal import Ground

/// Validates the settings after a cue's times (WebVTT 4.5), which position the cue on the video.
enum CueSettings {
    /// The valid settings, each once; others are dropped, including regions.
    static func valid(_ text: String) -> String {
        var settings: [String] = []
        var names: Set<Substring> = []
        for setting in text.split(whereSeparator: { $0 == " " || $0 == "\t" }).prefix(16) {
            guard let colon = setting.firstIndex(of: ":") else { continue }
            let (name, value) = (setting[..<colon], setting[setting.index(after: colon)...])
            guard let value = valid(name, value), names.insert(name).inserted else { continue }
            settings.append("\(name):\(value)")
        }
        return settings.joined(separator: " ")
    }

    private static func valid(_ name: Substring, _ value: Substring) -> String? {
        switch name {
        case "vertical": return ["rl", "lr"].contains(value) ? String(value) : nil
        case "align":
            // The name of `center` in drafts.
            if value == "middle" { return "center" }
            return ["start", "center", "end", "left", "right"].contains(value) ? String(value) : nil
        case "size": return isPercentage(value) ? String(value) : nil
        case "line":
            return hasForm(value, alignments: ["start", "center", "end"]) { isPercentage($0) || isLine($0) }
        case "position":
            return hasForm(value, alignments: ["line-left", "center", "line-right"], isPercentage)
        default: return nil
        }
    }

    private static func hasForm(
        _ value: Substring, alignments: [Substring], _ isPlace: (Substring) -> Bool
    ) -> String? {
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 2, isPlace(parts[0]), parts.count == 1 || alignments.contains(parts[1]) else { return nil }
        return String(value)
    }

    /// Whether a text is 0 to 100 with optional decimals and a percent sign.
    private static func isPercentage(_ text: Substring) -> Bool {
        guard text.last == "%", text.utf8.count <= 12 else { return false }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ isDigits($0) }), let whole = Int(parts[0]) else { return false }
        return whole < 100 || (whole == 100 && (parts.count == 1 || parts[1].allSatisfy { $0 == "0" }))
    }

    /// Whether a text is a line number, which is negative from the bottom on.
    private static func isLine(_ text: Substring) -> Bool {
        isDigits(text.first == "-" ? text.dropFirst() : text) && text.utf8.count <= 4
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isASCIIDigit)
    }
}
