internal import Hummingbird

/// Videos.
func addVideoRoutes(to router: Router<APIContext>, services: Services) {
}
