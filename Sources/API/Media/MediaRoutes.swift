internal import Hummingbird

/// Playlists and segments.
func addMediaRoutes(to router: Router<APIContext>, services: Services, configuration: APIConfiguration) {
}
