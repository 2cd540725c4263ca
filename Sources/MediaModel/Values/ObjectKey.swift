/// The names of objects in storage.
///
/// Generations are immutable: an object below `videos/{id}/g{n}/` is written as a whole and never changed.
public enum ObjectKey {
    /// The uploaded file, which is stored so that rungs can be added later.
    public static func source(video: String) -> String { "\(sourceFolder(video: video))/original" }

    /// The folder of the uploaded file, without a trailing slash.
    public static func sourceFolder(video: String) -> String { "sources/\(video)" }

    /// The folder of a generation, without a trailing slash.
    public static func generation(video: String, _ number: Int) -> String { "videos/\(video)/g\(number)" }

    /// The video and number of a generation's folder; `nil` for any other folder.
    public static func generation(folder: String) -> (video: String, number: Int)? {
        let parts = folder.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].first == "g", let number = Int(parts[2].dropFirst()),
            generation(video: String(parts[1]), number) == folder
        else { return nil }
        return (String(parts[1]), number)
    }

    /// The folders of all objects of a video.
    public static func folders(video: String) -> [String] { ["videos/\(video)", sourceFolder(video: video)] }

    /// An object of a generation by its path in the generation: `v720/00001.m4s`.
    public static func object(video: String, generation: Int, _ path: String) -> String {
        "\(self.generation(video: video, generation))/\(path)"
    }

    /// Path of the initialization segment of a track in its generation.
    public static func initialization(track: String) -> String { "\(track)/init.mp4" }

    /// Path of a media segment in its generation; file names are counted from 1.
    public static func segment(track: String, index: Int) -> String {
        let digits = String(index + 1)
        return "\(track)/\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).m4s"
    }

    /// The segment index of a file name such as `00001.m4s`; `nil` for any other name.
    public static func segmentIndex(fileName: String) -> Int? {
        guard fileName.hasSuffix(".m4s") else { return nil }
        let digits = fileName.dropLast(4)
        guard digits.count >= 5, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits), number > 0,
            segment(track: "", index: number - 1) == "/" + fileName
        else { return nil }
        return number - 1
    }
}
