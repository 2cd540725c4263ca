internal import Hummingbird

/// Adds every way in for bytes except the form, which shares its path with the creation of drafts:
/// see ``DirectUploadRoutes/form(_:_:)``.
func addUploadRoutes(to router: Router<APIContext>, services: Services) {
    TusRoutes(services).add(to: router)
    DirectUploadRoutes(services).add(to: router)
}
