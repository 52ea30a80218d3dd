import Arguments

extension Main {
  /// Runs a coordinator until a signal.
  static func runCoordinator(_ values: Values) async throws(StartFailure) {
    throw StartFailure("not here yet")
  }
}
