package import Filters

/// A value that a message keeps from its reading; it is no field of the message, and is not shown as one.
package protocol ReadingAid {}

/// Where a field stood in the body that it was read from: for errors that only the node's data can find.
///
/// It is no part of what a message says, so all places are equal.
package struct BodyPlace: ReadingAid, Equatable, Sendable {
  /// Bytes before the field; `nil` in a message that was not read from a body.
  package let offset: Int?

  /// A place in a body.
  init(_ offset: Int) { self.offset = offset }

  /// No place: the message was not read from a body.
  init() { offset = nil }

  package static func == (a: BodyPlace, b: BodyPlace) -> Bool { true }

  /// The offset of the name at an index of a counted list of names.
  package func offset(ofName index: Int, in names: [String]) -> Int? {
    offset.map { names[..<index].reduce($0 + 2) { $0 + 1 + $1.utf8.count } }
  }
}

/// The parsed text of a filter, so that it is not parsed a second time.
package struct ParsedFilter: ReadingAid, Sendable {
  /// `nil`: no text, or none that was read from a body.
  package let filter: Filter?
}
