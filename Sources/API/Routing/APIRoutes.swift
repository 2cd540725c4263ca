/// All routes of a process that serves the API. A new group of routes adds one line here.
/// - Throws: ``WebFolderError``.
func apiRoutes(_ services: Services, configuration: APIConfiguration) throws -> [Route] {
    let reader = VideoReader(services)
    let described =
        accountRoutes(services) + videoRoutes(services, reader: reader) + captionRoutes(services)
        + roomRoutes(services) + webhookRoutes(services) + [directUploadRoute(services, reader: reader)]
        + tusRoutes(services) + [mediaRoute(services, configuration: configuration)]
        + operationRoutes(metrics: services.metrics, checks: services.checks)
    return try described + descriptionRoutes(of: described) + webRoutes(services, configuration: configuration)
}
