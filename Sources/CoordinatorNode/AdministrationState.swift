import Wire

/// The feeds and uploads that are open; lost at a restart, which is what their pages say.
actor AdministrationState {
  private var feeds = Feeds()
  private var uploads = Uploads()

  /// Lets a step see and change the feeds.
  func withFeeds<Value: Sendable>(
    _ step: @Sendable (inout Feeds) throws(WireError) -> Value
  ) throws(WireError) -> Value { try step(&feeds) }

  /// Lets a step see and change the uploads.
  func withUploads<Value: Sendable>(
    _ step: @Sendable (inout Uploads) throws(WireError) -> Value
  ) throws(WireError) -> Value { try step(&uploads) }
}
