public import Ground

extension Identifier.Prefix {
    /// `usr_`
    public static let user: Self = "usr_"
    /// `vid_`
    public static let video: Self = "vid_"
    /// `upl_`
    public static let upload: Self = "upl_"
    /// `room_`
    public static let room: Self = "room_"
    /// `whk_`
    public static let webhook: Self = "whk_"
    /// `dlv_`
    public static let delivery: Self = "dlv_"
}
