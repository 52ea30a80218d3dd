/// Which inputs to make of a data set, and how large their vocabularies may become.
package struct FeatureOptions: Sendable, Equatable {
  /// Words of an attribute that get an input of their own; the others share one.
  package var wordsMax = 64
  /// Words of an attribute whose share in a user's history is an input.
  package var historyWordsMax = 32
  /// The weight that an event of a user's history keeps with each newer event.
  package var historyDecay = 0.9
  /// Whether inputs are made of the time of day, the day of the week, and the age of items.
  package var usesContext = true

  /// Days after which what a user had counts half; `nil`: the network does not read what they had.
  package var ownHalfLife: Double?

  package init() {}
}
