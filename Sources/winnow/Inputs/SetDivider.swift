import Arguments

/// What stands between the members of a keyword set in a table of items or users.
enum SetDivider {
  static let flag = Flag(
    "set-divider", .string, "The delimiter of a keyword_set's members in a table.", group: "Files", default: "|",
    placeholder: "CHARACTER")

  /// The character.
  static func read(_ session: Session) throws(Failure) -> UInt8 {
    let divider = Array(session[Self.flag].utf8)
    guard divider.count == 1, divider[0] < 0x80 else {
      throw session.usage(Self.flag, "is not one ASCII character")
    }
    return divider[0]
  }
}
