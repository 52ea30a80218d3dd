import Towers

/// What a model knows of a known shopper besides vectors, so that newer events can be added.
package struct UserState: Sendable, Equatable {
  /// The items of the latest events, oldest first; none if the tower needs none.
  package let history: [UInt64]
  /// What each of them weighs.
  package let weights: [Float]
  /// What stands behind each input of the profile; empty if profiles are not renewed.
  package let profileWeights: [Float]
}

/// The states of all users of a table.
struct UserStates: Sendable {
  private static let (history, weight, profile) = ("history", "history.weight", "profile.weight")

  private let length: Int
  /// `[n, length]`; 0 stands for no event.
  private let items: [UInt64]
  /// The same; empty: all events weigh 1.
  private let weights: [Float]
  private let profileWidth: Int
  /// `[n, profileWidth]`
  private let profileWeights: [Float]

  /// The states of no users.
  init() { (length, items, weights, profileWidth, profileWeights) = (0, [], [], 0, []) }

  /// Reads the tensors that the manifest asks for.
  init(_ file: SafetensorsFile, rows: Int, for manifest: Manifest) throws(ModelError) {
    let names = Self.names(for: manifest)
    func read(_ name: String, _ columns: Int) throws(ModelError) -> [Float] {
      guard names.contains(name) else { return [] }
      let values = try file.floats(name, shape: [rows, columns])
      guard values.allSatisfy({ $0 >= 0 }) else {
        throw ModelError(file.file, name, .outOfRange, "a weight is 0 or more")
      }
      return values
    }
    length = manifest.tower?.storedLength ?? 0
    items = names.contains(Self.history) ? try file.ids(Self.history, rows: rows, columns: length) : []
    weights = try read(Self.weight, length)
    profileWidth = manifest.renewal == nil ? 0 : manifest.profileDimension
    profileWeights = try read(Self.profile, profileWidth)
  }

  /// The tensors that a user table has for a manifest.
  static func names(for manifest: Manifest) -> [String] {
    guard let tower = manifest.tower else { return [] }
    var names: [String] = []
    if tower.storedLength > 0 { names += [history] + (tower.weights.isEmpty ? [] : [weight]) }
    return names + (manifest.renewal == nil ? [] : [profile])
  }

  func state(row: Int) -> UserState {
    let places = (row * length..<(row + 1) * length).filter { items[$0] != 0 }
    return UserState(
      history: places.map { items[$0] }, weights: places.map { weights.isEmpty ? 1 : weights[$0] },
      profileWeights: Array(profileWeights[row * profileWidth..<(row + 1) * profileWidth]))
  }
}

extension SafetensorsWriter {
  /// Adds to a user table what its tower and the renewal of profiles go on from.
  ///
  /// - Parameters:
  ///   - histories: Of each user the items of the latest events and their weights, oldest first; more than are stored do
  ///     not count, nor does item 0.
  ///   - profileWeights: `[n, p]`, row-major; written if the manifest renews profiles.
  package mutating func addStates(
    _ histories: [[(item: UInt64, weight: Float)]], profileWeights: [Float], for manifest: Manifest
  ) {
    let names = UserStates.names(for: manifest)
    let length = manifest.tower?.storedLength ?? 0
    let rows = histories.map { history in
      let latest = history.filter { $0.item != 0 }.suffix(length)
      return [(item: UInt64, weight: Float)](repeating: (0, 0), count: length - latest.count) + latest
    }
    if names.contains("history") {
      add(ids: "history", rows.flatMap { $0.map(\.item) }, shape: [histories.count, length])
    }
    if names.contains("history.weight") {
      add("history.weight", rows.flatMap { $0.map(\.weight) }, shape: [histories.count, length])
    }
    if names.contains("profile.weight") {
      add("profile.weight", profileWeights, shape: [histories.count, manifest.profileDimension])
    }
  }
}
