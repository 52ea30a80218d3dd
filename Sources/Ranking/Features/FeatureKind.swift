import Vocabulary

/// All that one kind of feature knows of itself: how a manifest writes it, what it checks, reads and explains.
///
/// `kind` and `attribute` are written by `AttributeFeature`; `encode` adds the other keys.
protocol FeatureKind: Codable, Sendable {
  /// `kind` in a manifest.
  static var word: String { get }
  /// What an explanation calls its inputs.
  static var inputKind: InputKind { get }
  /// The types of attribute that it can read.
  static var types: [AttributeType] { get }

  /// The same as a case.
  var feature: AttributeFeature { get }
  /// The attribute it reads, if it reads one.
  var attribute: String? { get }
  /// Number of inputs.
  var width: Int { get }
  /// What `user.profile` must have, for people.
  var profileNeeded: String { get }

  /// How it is read; `nil` if the profile has no input that it needs.
  func reader(_ profileNames: [String]) -> FeatureReader?

  /// The value that an explanation shows for the candidate at `position`.
  ///
  /// - Parameter column: Of the attribute that it reads.
  func value(
    _ column: InputColumn?, _ candidates: CandidateInputs, at position: Int, user: UserVectors,
    _ context: [String: ContextValue]
  )
    -> InputValue
}

extension FeatureKind {
  var width: Int { 1 }
  var profileNeeded: String { "" }

  func value(
    _ column: InputColumn?, _ candidates: CandidateInputs, at position: Int, user: UserVectors,
    _ context: [String: ContextValue]
  ) -> InputValue {
    column.map { InputValue($0, at: position) } ?? .missing
  }
}

/// A kind that an item makes together with its shopper or moment.
protocol CrossKind: FeatureKind {
  /// The feature with its names looked up; `nil` if the profile has no input that it needs.
  func cross(_ profileNames: [String]) -> (any Cross)?
}

extension CrossKind {
  func reader(_ profileNames: [String]) -> FeatureReader? { cross(profileNames).map { .cross($0) } }
}
