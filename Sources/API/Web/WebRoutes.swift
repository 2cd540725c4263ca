internal import Hummingbird

/// The web pages.
func addWebRoutes(to router: Router<APIContext>, configuration: APIConfiguration) throws {
}
