/// How a client waits for a cluster that has no room for its calls.
package struct Patience: Sendable {
  /// How long one call may be refused before it fails.
  let waitMax: Duration
  /// Told of each refusal that is waited for.
  let told: @Sendable (WinnowError) -> Void
}
