import Storage
import Testing

@Suite struct StorageKeyTests {
    @Test(
        "names of the storage layout are valid keys",
        arguments: [
            "sources/vid_01/original", "videos/vid_01/g1/v720/00001.m4s", "a", "a.b-c_d", "main.m3u8",
            String(repeating: "a", count: 255),
        ])
    func valid(key: String) { #expect(StorageKey.isValid(key)) }

    @Test(
        "names that could leave the root or be hidden are not valid keys",
        arguments: [
            "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", ".tmp/x", "a/.b", "a\0b", "a b", "ä", "a\\b",
            "a%2fb", "a\n", String(repeating: "a", count: 256), String(repeating: "a/", count: 600) + "a",
        ])
    func invalid(key: String) { #expect(!StorageKey.isValid(key)) }
}
