import ArgumentParser
import Webhooks

/// The options of webhook endpoints.
struct WebhookOptions: ParsableArguments {
    @Flag(name: .customLong("webhook-http"), help: "Take http endpoints too; without it https only.")
    var webhookHTTP = false

    @Option(
        help: ArgumentHelp(
            "Networks to which deliveries may go although they are not public, comma-separated: 10.0.0.0/8,fd00::/8.",
            valueName: "networks"))
    var webhookAllow: String?

    func validate() throws { _ = try settings() }

    /// The settings of deliveries.
    func settings() throws -> WebhookSettings {
        var settings = WebhookSettings()
        settings.allowsPlain = webhookHTTP
        settings.addresses = AddressGuard(
            allowed: try (webhookAllow ?? "").split(separator: ",").map { text in
                guard let network = Network(String(text)) else {
                    throw ValidationError("--webhook-allow: “\(text)” is not a network like 10.0.0.0/8")
                }
                return network
            })
        return settings
    }
}
