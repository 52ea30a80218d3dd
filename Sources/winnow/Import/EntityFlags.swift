import Arguments
import DataSets
import Vocabulary

/// The flags of the tables of items and users beside a log.
enum EntityFlags {
  static let items = Flag("items", .file, "A table of items with their attributes.", group: "Files")
  static let users = Flag("users", .file, "A table of users with their attributes.", group: "Files")
  static let itemID = Flag(
    "item-id", .string, "The column of ids in the table of items.", group: "Files", placeholder: "COLUMN")
  static let userID = Flag(
    "user-id", .string, "The column of ids in the table of users.", group: "Files", placeholder: "COLUMN")
  static let type = Flag.list(
    "type", .string, "Types of attributes, such as genres=keyword_set; others are detected.", group: "Files",
    placeholder: "NAME=TYPE")

  static let all: [any Argument] =
    [items, users, itemID, userID, type] + TableFlags.all + [SetDivider.flag]

  /// The tables of items and users that were named.
  static func tables(_ session: Session) throws(Failure) -> (items: EntityTable?, users: EntityTable?) {
    let (hasItems, hasUsers) = (session[Self.items] != nil, session[Self.users] != nil)
    if !hasItems { try session.refuse([Self.itemID], "without --items") }
    if !hasUsers { try session.refuse([Self.userID], "without --users") }
    if !hasItems, !hasUsers { try session.refuse([SetDivider.flag], "without --items or --users") }
    let types = try types(session)
    let (items, users) = (
      try table(.item, session[Self.items], idColumn: session[Self.itemID], types, session),
      try table(.user, session[Self.users], idColumn: session[Self.userID], types, session)
    )
    let names = [items, users].compactMap { $0 }.flatMap { $0.definitions.map(\.name) }
    if let stranger = types.keys.filter({ !names.contains($0) }).min() {
      throw session.usage(
        Self.type, "names \(stranger), which no table has; there are: \(names.joined(separator: ", "))")
    }
    return (items, users)
  }

  private static func types(_ session: Session) throws(Failure) -> [String: AttributeType] {
    var types: [String: AttributeType] = [:]
    for part in session[Self.type] {
      guard let (name, word) = part.split(at: "="), let type = AttributeType(word: word) else {
        throw session.usage(Self.type, "has '\(part)', which is not such as genres=keyword_set or price=float")
      }
      guard types.updateValue(type, forKey: name) == nil else { throw session.usage(Self.type, "names \(name) twice") }
    }
    return types
  }

  private static func table(
    _ role: ColumnChoice.Role, _ path: String?, idColumn: String?, _ types: [String: AttributeType], _ session: Session
  ) throws(Failure) -> EntityTable? {
    guard let path else { return nil }
    var options = EntityTable.Options()
    // The tables beside the log may have another delimiter.
    options.format = TableFlags.format(session)
    options.role = role
    options.idColumn = idColumn
    options.ignored = Set(session[TableFlags.ignore].map(\.exact))
    options.types = types
    options.setDivider = try SetDivider.read(session)
    do throws(DataError) { return try EntityTable(InputFile(path), options) } catch { throw Failure(error) }
  }
}
