import Arguments
import Names
import Storage
import Vocabulary
import WinnowClient

/// The ids as the shop has them: what the flags of a verb say, in the numbers of the wire, and the names of numbers.
///
/// With a dictionary all that is given as text is a name; without one it is a number.
struct OwnIDs: Sendable {
  static let dictionary = Flag(
    "dictionary", .file,
    "A directory with users.dict and items.dict: you give and see the ids of your own data. Without it that of the "
      + "model that this machine pushed last, if there is one; none: ids are numbers.", group: "Ids",
    placeholder: "DIRECTORY|none")
  static let pseudonymKeyFile = Flag(
    "pseudonym-key-file", .file, "The key of the import, if it made pseudonyms of users.", group: "Ids")

  static let flags: [any Argument] =
    [dictionary, pseudonymKeyFile]

  private let users: DictionaryFile?
  private let items: DictionaryFile?
  private let pseudonyms: Pseudonyms?

  private init(users: DictionaryFile? = nil, items: DictionaryFile? = nil, pseudonyms: Pseudonyms? = nil) {
    (self.users, self.items, self.pseudonyms) = (users, items, pseudonyms)
  }

  /// Numbers only.
  static let none = OwnIDs()

  /// Reads the dictionaries of a directory.
  init(_ directory: String, pseudonymKeyFile: String?) throws(Failure) {
    guard FileIdentity(directory).kind != .file else {
      throw Failure(
        .failed, "\(directory) is a file, no directory with users.dict and items.dict",
        advice: "give the directory that it is in", name: "BAD_DATA")
    }
    do throws(NameError) {
      users = try DictionaryFile.readIfThere("\(directory)/users.dict", on: RealDisk())
      items = try DictionaryFile.readIfThere("\(directory)/items.dict", on: RealDisk())
      pseudonyms = try pseudonymKeyFile.map { path throws(NameError) in try Pseudonyms(keyFile: path) }
    } catch { throw Failure(error) }
    guard users != nil || items != nil else {
      throw Failure(
        .failed, "\(directory) has neither users.dict nor items.dict", advice: "give a data set or model directory",
        name: "BAD_DATA")
    }
  }

  /// The dictionary that the flags name, or the one that the collection was pushed with from this machine.
  init(_ session: Session) async throws(Failure) { self = try await Self.chosen(session) }

  private static func chosen(_ session: Session) async throws(Failure) -> OwnIDs {
    let key = session[Self.pseudonymKeyFile]
    if let directory = session[Self.dictionary] {
      return directory == "none" ? .none : try OwnIDs(directory, pseudonymKeyFile: key)
    }
    guard let directory = try await pushed(session) else { return .none }
    do throws(Failure) { return try OwnIDs(directory, pseudonymKeyFile: key) } catch {
      StandardStreams.error(
        "warning: ids are numbers, for the dictionary of the last push cannot be used: \(error.message)\n")
      return .none
    }
  }

  private static func pushed(_ session: Session) async throws(Failure) -> String? {
    let pushes = PushMemory.read().pushes.filter { $0.coordinator == session.address }
    guard !pushes.isEmpty else { return nil }
    var collection: String? = session[Session.collectionFlag]
    if collection == nil {
      collection = try await session.withClient { (client) throws(WinnowError) in try await session.collection(client) }
    }
    return pushes.last { $0.collection == collection }?.directory
  }

  /// Whether users are given by name.
  private var namesUsers: Bool { users.map { !$0.isPseudonymous || pseudonyms != nil } ?? false }

  /// The users of a flag.
  func users(_ texts: [String], _ flag: some Argument, _ session: Session) throws(Failure) -> [UserID] {
    guard let users, namesUsers else { return try Self.numbers(texts, "user", flag, session).map { UserID($0) } }
    return try Self.numbers(texts, "user", in: users, pseudonyms, flag, session).map { UserID($0) }
  }

  /// The items of a flag or positional.
  func items(_ texts: [String], _ flag: some Argument, _ session: Session) throws(Failure) -> [ItemID] {
    guard let items else { return try Self.numbers(texts, "item", flag, session).map { ItemID($0) } }
    return try Self.numbers(texts, "item", in: items, nil, flag, session).map { ItemID($0) }
  }

  /// The items that a flag or positional of the command line names.
  func items(_ flag: some Argument<[String]>, _ session: Session) throws(Failure) -> [ItemID] {
    try items(session[flag], flag, session)
  }

  /// The user that a flag of the command line names, if it was given.
  func user(_ flag: Flag<String?>, _ session: Session) throws(Failure) -> UserID? {
    guard let text = session[flag] else { return nil }
    return try users([text], flag, session).first
  }

  private static func numbers(
    _ texts: [String], _ what: String, _ flag: some Argument, _ session: Session
  ) throws(Failure) -> [UInt64] {
    var numbers: [UInt64] = []
    for text in texts {
      guard let number = UInt64(digits: text) else {
        var failure = session.usage(
          flag, "takes \(what) ids, whole numbers from 0 to 2^64-1 without sign or zeros in front")
        failure.advice = "--dictionary DIRECTORY takes the ids of your own data: that of the import or of the model"
        throw failure
      }
      numbers.append(number)
    }
    return numbers
  }

  private static func numbers(
    _ texts: [String], _ what: String, in dictionary: DictionaryFile, _ pseudonyms: Pseudonyms?,
    _ flag: some Argument,
    _ session: Session
  ) throws(Failure) -> [UInt64] {
    let known: [ExactText: UInt64]
    do throws(NameError) { known = try dictionary.numbers(of: texts, pseudonyms) } catch { throw Failure(error) }
    var numbers: [UInt64] = []
    for text in texts {
      guard let number = known[text.exact] else {
        var failure = session.usage(
          flag, "names the \(what) \(text.debugDescription), which \(dictionary.path) does not have")
        failure.advice = "'winnow id' looks names and numbers up"
        if let number = UInt64(digits: text) {
          let name = try? dictionary.names(of: [number])[number]
          failure.advice =
            name.map { "it is the number of \($0.debugDescription): give that, or --dictionary none" }
            ?? "--dictionary none takes it as the number of the wire"
        }
        throw failure
      }
      numbers.append(number)
    }
    return numbers
  }

  /// The names of items and users, as far as the dictionaries have them.
  func names(items wanted: some Sequence<ItemID>, users asked: [UserID] = []) throws(Failure) -> IDNames {
    do throws(NameError) {
      return IDNames(
        items: try items?.names(of: Set(wanted.map(\.rawValue))),
        users: try users?.names(of: Set(asked.map(\.rawValue))))
    } catch { throw Failure(error) }
  }

  /// The dictionary of items with tables of its entries, for verbs that read many; `nil` if ids are numbers.
  func itemTable() throws(Failure) -> IDDictionary? { try Self.table(items) }

  /// The dictionary of users with tables of its entries; `nil` if ids are numbers.
  func userTable() throws(Failure) -> IDDictionary? { namesUsers ? try Self.table(users) : nil }

  /// Whether any id has a name.
  var hasDictionary: Bool { users != nil || items != nil }

  /// The dictionaries that there are, by what they are of.
  var files: [(kind: String, file: DictionaryFile)] {
    [("user", users), ("item", items)].compactMap { kind, file in file.map { (kind, $0) } }
  }

  /// The key of the users' pseudonyms, if there is one.
  var key: Pseudonyms? { pseudonyms }

  private static func table(_ file: DictionaryFile?) throws(Failure) -> IDDictionary? {
    guard let file else { return nil }
    do throws(NameError) { return try IDDictionary(file) } catch { throw Failure(error) }
  }
}

extension Failure {
  /// A failure from a fault of a dictionary or a key.
  init(_ error: NameError) { self.init(.failed, error.description, advice: error.advice, name: "BAD_DATA") }
}
