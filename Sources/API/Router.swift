internal import Hummingbird

/// All routes. A new part adds itself here with one line.
func makeRouter(services: Services, configuration: APIConfiguration) throws -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
    addAccountRoutes(to: router, services: services)
    addVideoRoutes(to: router, services: services)
    addCaptionRoutes(to: router, services: services)
    addRoomRoutes(to: router, services: services)
    addWebhookRoutes(to: router, services: services)
    addUploadRoutes(to: router, services: services)
    addMediaRoutes(to: router, services: services, configuration: configuration)
    addOperationRoutes(to: router, services: services)
    try addWebRoutes(to: router, services: services, configuration: configuration)
    return router
}
