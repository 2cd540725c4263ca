import MediaModel
import Testing

@Suite("Language tags") struct LanguageTagTests {
    @Test(
        "Tags are taken in any case and given in the usual one",
        arguments: [
            ("en", "en"), ("ENG", "eng"), ("pt-br", "pt-BR"), ("ZH-HANT-tw", "zh-Hant-TW"), ("es-419", "es-419"),
            ("sl-ROZAJ-biske", "sl-rozaj-biske"), ("de-1996", "de-1996"),
        ])
    func valid(text: String, expected: String) { #expect(LanguageTag(text)?.text == expected) }

    @Test(
        "What has another form is none",
        arguments: [
            "", "e", "english", "en-", "-en", "en--US", "en_US", "en-US-GB", "en-x-private", "i-klingon", "e1", "en/US",
            "../en", "en US", "énx", "en-abcdefghi", "en-US-Latn", "en-variant-variant-variant-variant-x",
        ])
    func invalid(text: String) { #expect(LanguageTag(text) == nil) }
}
