import AV
import MediaModel

extension MediaLimits {
    /// The rejection of a video stream for its size; `nil` if it is allowed.
    func sizeRejection(of video: StreamFacts) -> Rejection? {
        let isAllowed =
            video.width <= maximumSide && video.height <= maximumSide && video.width * video.height <= maximumPixels
        guard !isAllowed else { return nil }
        return Rejection(
            .dimensionsTooLarge,
            "The video is \(video.width)×\(video.height); at most \(maximumSide) a side and \(maximumPixels) pixels are "
                + "allowed.")
    }

    /// The rejection of a source for its length; `nil` if it is allowed.
    func lengthRejection(seconds: Rational) -> Rejection? {
        guard seconds > Rational(Int64(maximumSeconds)) else { return nil }
        return Rejection(
            .tooLong, "The file is \(Int(seconds.doubleValue)) s long; \(maximumSeconds) s are allowed.")
    }
}
