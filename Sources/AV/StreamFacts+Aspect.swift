import CFFmpeg
public import MediaModel

extension StreamFacts {
    /// Samples further from square than this come from no camera: they are taken as square.
    public static let mostStretch = Rational(4)

    /// Width over height of a decoded picture as it is to be seen, before it is turned.
    ///
    /// Size and samples may change in mid-stream. What a container says of the samples' shape counts until the pictures
    /// say something else than they did at the start.
    public func shownAspect(of frame: Frame) -> Rational {
        let own = Rational(frame.pointer.pointee.sample_aspect_ratio).flatMap { $0 > Rational(0) ? $0 : nil }
        let isAsPlanned = own == nil || own == codedAspectRatio || (hasContainerAspectRatio && codedAspectRatio == nil)
        let ratio = isAsPlanned ? sampleAspectRatio : own ?? sampleAspectRatio
        let isKnown = ratio <= Self.mostStretch && ratio.reciprocal <= Self.mostStretch
        let size = Rational(Int64(frame.width), Int64(max(1, frame.height)))
        return isKnown ? size * ratio : size
    }
}
