import Accounts
import ArgumentParser
import Catalog
import Pipeline

/// Limits of accounts and of client addresses, quotas and retention times; 0 stands for no limit.
struct AccountOptions: ParsableArguments {
    private static let accounts = Accounts.Configuration()
    private static let quotas = AccountQuotas()

    @Option(
        help: "Wrong passwords an hour from one address (IPv6: /64), except this machine, before pauses; 0: any.")
    var addressFailures: Int = accounts.addressFailureLimit

    @Option(help: "New accounts an hour from one address, except from this machine; 0: any.")
    var addressRegistrations: Int = accounts.registrationLimit

    @Option(help: "Bytes of an account's files, open uploads included (quota_exceeded); 0: any.")
    var accountBytes: Int64 = quotas.bytes

    @Option(help: "Videos of an account; 0: any.")
    var accountVideos: Int = quotas.videos

    @Option(help: "Drafts without a file of an account; 0: any.")
    var accountDrafts: Int = quotas.drafts

    @Option(help: "Open uploads of an account; of finished parts eight times as many; 0: any.")
    var accountUploads: Int = quotas.uploads

    @Option(help: "Bytes of captions that an account has sent; 0: any.")
    var accountCaptions: Int64 = quotas.captionBytes

    @Option(help: "Seconds until an unchanged draft is deleted; 0: never.")
    var draftLifetime: Int64 = 7 * 86_400

    @Option(help: "Seconds until the file of a rejected video is deleted; 0: never.")
    var rejectedLifetime: Int64 = 30 * 86_400

    func validate() throws {
        for (name, value) in [
            ("address-failures", Int64(addressFailures)), ("address-registrations", Int64(addressRegistrations)),
            ("account-bytes", accountBytes), ("account-videos", Int64(accountVideos)),
            ("account-drafts", Int64(accountDrafts)), ("account-uploads", Int64(accountUploads)),
            ("account-captions", accountCaptions), ("draft-lifetime", draftLifetime),
            ("rejected-lifetime", rejectedLifetime),
        ] where !(0...1_000_000_000_000_000).contains(value) {
            throw ValidationError("--\(name) must be 0…10^15")
        }
    }

    func apply(to configuration: inout Accounts.Configuration) {
        configuration.addressFailureLimit = addressFailures
        configuration.registrationLimit = addressRegistrations
    }

    /// The quotas of an account.
    var accountQuotas: AccountQuotas {
        var quotas = AccountQuotas()
        quotas.bytes = accountBytes
        quotas.videos = accountVideos
        quotas.drafts = accountDrafts
        quotas.uploads = accountUploads
        quotas.captionBytes = accountCaptions
        return quotas
    }

    /// How long drafts and files of rejected videos stay.
    var lifetimes: GarbageCollector.Lifetimes {
        GarbageCollector.Lifetimes(
            draft: draftLifetime > 0 ? draftLifetime * 1000 : nil,
            rejectedSource: rejectedLifetime > 0 ? rejectedLifetime * 1000 : nil)
    }
}
