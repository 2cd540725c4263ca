internal import Catalog
internal import Ground
internal import Hummingbird
internal import SQL

/// A video that the caller may see.
struct VisibleVideo: Sendable {
    let video: Video
    /// For whom the handler shows the video: `owner` where the caller was recognized as such. A route that does not ask
    /// for the owner looks for one only where the video is blocked; of other videos everybody sees the same.
    let audience: VideoAudience
}

extension Access where Caller == VisibleVideo {
    /// Everybody, if the video in the path exists; only its owner while it is blocked.
    /// - Parameter recognizesOwner: Whether the handler needs to know whether the caller is the owner of any video; this
    ///   costs a look at the session.
    static func videoViewer(_ services: Services, recognizesOwner: Bool = false) -> Access {
        Access(.anyoneOrUser, parameters: [.videoID], problems: [.videoNotFound, .videoBlocked]) { request, context in
            let video = try await services.video(context)
            guard video.state == .blocked || recognizesOwner else {
                return VisibleVideo(video: video, audience: .everybody)
            }
            let isOwner = await services.recognizedUser(request) == video.ownerID
            guard video.state != .blocked || isOwner else {
                throw Problem(.videoBlocked, detail: "Only its owner sees why.")
            }
            return VisibleVideo(video: video, audience: isOwner ? .owner : .everybody)
        }
    }
}

extension Access where Caller == Video {
    /// The owner of the video in the path.
    /// - Parameter refusal: The code for others.
    static func videoOwner(_ services: Services, refusal: ProblemCode = .forbidden) -> Access {
        Access(.owner(refusal: refusal), parameters: [.videoID], problems: [.videoNotFound]) { request, context in
            let user = try await services.requireUser(request)
            let video = try await services.video(context)
            guard video.ownerID == user else { throw Problem(refusal) }
            return video
        }
    }
}

extension Parameter {
    /// A video, as the path's `{id}`.
    static let videoID = Parameter.identifier(.video, "The video.")
}

extension Services {
    /// The video in the path.
    /// - Throws: ``Problem`` with 404.
    fileprivate func video(_ context: APIContext) async throws -> Video {
        guard let id = context.parameters.get("id"), Identifier.isValid(id, prefix: .video),
            let video = try await database.read({ try Videos.find(id: id, in: $0) })
        else { throw Problem(.videoNotFound) }
        return video
    }
}
