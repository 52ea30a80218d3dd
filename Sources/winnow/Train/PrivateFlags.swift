import Arguments
import DataSets
import Learning
import Privacy
import Storage

/// The flags of `winnow train` for models that do not remember a person.
enum PrivateFlags {
  static let isPrivate = Flag(
    "private", .string,
    "Make a model that is private towards each user, whose whole log is the unit: epsilon, and perhaps delta, 1e-6 "
      + "without it, and the budget of all releases of DATA.", group: "Privacy",
    placeholder: "epsilon=4,delta=1e-6,budget=12")
  static let items = Flag(
    "items", .file, "The public list of items, by the ids of the log: a private model names no others.",
    group: "Privacy")
  static let tower = Flag(
    "private-tower", .choice(of: PrivateModel.Kind.self),
    "neighbours: the released table, from which the coordinator scores; softmax: vectors fitted to it, of --dimension.",
    group: "Privacy", default: "neighbours")
  static let network = Flag(
    "private-network", .string,
    "Re-rank by a network that learns under noise too (DP-SGD), of public attributes and released counts. It needs a public "
      + "number of users; steps, the probability q of each user to take part, the clip of gradients, the rate, and the share of "
      + "the budget have defaults.", group: "Privacy",
    placeholder: "users=6000,steps=60,q=0.3,clip=1,rate=0.3,share=0.05")
  static let noiseKeyFile = Flag(
    "noise-key-file", .file,
    "Draw the noise from this key of 32 bytes, for tests and audits; who has it can take the noise off.",
    group: "Privacy")

  static let all: [any Argument] = [isPrivate, items] + settings

  /// Those that say something only of a private model.
  private static let settings: [any Argument] = [
    NeighbourFlags.clipEvents, NeighbourFlags.window, tower, network, noiseKeyFile,
  ]

  /// What the flags of this group and the data's way in ask for; `nil`: the model is not private.
  static func terms(_ session: Session) throws(Failure) -> PrivacyTerms? {
    guard let text = session[Self.isPrivate] else {
      try session.refuse([items] + settings, "without --private")
      return nil
    }
    try refuse(session)
    do throws(PrivacyError) {
      return try PrivacyTerms(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    } catch {
      throw session.usage(Self.isPrivate, "needs another value: \(error.message)")
    }
  }

  /// Refuses what has no private meaning, with the reason.
  private static func refuse(_ session: Session) throws(Failure) {
    if session[TrainVerb.from] != nil {
      throw session.usage(
        TrainVerb.from, "does not go with --private: what the old model has learned would stand in the new one unhidden"
      )
    }
    if session[TrainVerb.resume] {
      throw session.usage(
        TrainVerb.resume,
        "does not go with --private: a release is made whole or not at all; begin again, and "
          + "'winnow privacy status' says what was spent")
    }
    let read: [any Argument] = [
      TrainFlags.name, TrainFlags.holdOut, TrainFlags.keepDays, TrainFlags.seed, TrainFlags.dimension,
    ]
    let kept = read.map { $0.row.name }
    try session.refuse(
      [TrainVerb.history, TrainVerb.plot, TrainVerb.export]
        + TrainFlags.settings.filter { !kept.contains($0.row.name) },
      "with --private, which learns sums under noise, and a network by --private-network alone")
    if session[Self.tower] != .softmax {
      try session.refuse([TrainFlags.dimension, TrainFlags.seed], "without --private-tower softmax")
    } else {
      try session.refuse([network], "with --private-tower softmax: it re-ranks what the table of neighbours finds")
    }
  }

  /// How a network learns; `nil`: there is none.
  static func steps(_ session: Session) throws(Failure) -> StepSettings? {
    guard let text = session[Self.network] else { return nil }
    do throws(PrivacyError) {
      return try StepSettings(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    } catch {
      throw session.usage(Self.network, "needs another value: \(error.message)")
    }
  }

  /// The key of all noise: that of the file, or one that was drawn for this release alone.
  static func noiseKey(_ session: Session) throws(Failure) -> NoiseKey {
    guard let path = session[Self.noiseKeyFile] else {
      return NoiseKey(random: SystemKey.bytes(NoiseKey.byteCount))
    }
    return NoiseKey(ofFile: try SystemKey.secret(path))
  }

  /// The public list of items that the flag names.
  static func publicItems(_ session: Session) throws(Failure) -> PublicItems {
    guard let path = session[Self.items] else {
      throw session.usage(Self.items, "is missing: the log may not say which items there are")
    }
    return try NeighbourFlags.publicItems(path)
  }

  /// The settings as a model's record has them.
  static func texts(_ session: Session) -> [(name: String, text: String)] {
    var flags: [any Argument] = [
      isPrivate, NeighbourFlags.clipEvents, NeighbourFlags.window, tower, network, TrainFlags.name, TrainFlags.holdOut,
      TrainFlags.keepDays,
    ]
    if session[Self.tower] == .softmax { flags += [TrainFlags.dimension, TrainFlags.seed] }
    let texts = flags.map { flag in (name: flag.row.name, text: session.values.texts(flag).joined(separator: ",")) }
    return texts.filter { !$0.text.isEmpty }
  }
}
