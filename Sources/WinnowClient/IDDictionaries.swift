import Names
import Storage
public import Vocabulary

/// A shop's own ids: which number each user and item has in models and on the wire, by the dictionaries `users.dict` and
/// `items.dict` that an import writes and every model directory has.
///
/// A name that is a plain decimal number below 10^15 is that number, whether the dictionary has it or not; every other
/// name has to be in the dictionary. What a dictionary of pseudonyms holds can be asked for with the key of the import,
/// and has no names to show.
public struct IDDictionaries: Sendable {
  private let users: IDDictionary
  private let items: IDDictionary
  private let pseudonyms: Pseudonyms?

  /// Reads the dictionaries of a data set or model directory.
  ///
  /// - Parameter pseudonymKeyFile: The key of the import, if its users are pseudonyms.
  /// - Throws: What is wrong with a file.
  public init(directory: String, pseudonymKeyFile: String? = nil) throws(DictionaryError) {
    do throws(NameError) {
      users = try IDDictionary.read("\(directory)/users.dict", on: RealDisk())
      items = try IDDictionary.read("\(directory)/items.dict", on: RealDisk())
      pseudonyms = try pseudonymKeyFile.map { path throws(NameError) in try Pseudonyms(keyFile: path) }
    } catch { throw DictionaryError(error) }
  }

  /// The number of a user.
  ///
  /// - Throws: `unknownName`; `key` if users are pseudonyms and their key was not given.
  public func user(_ name: String) throws(DictionaryError) -> UserID {
    UserID(try number(name, in: users, pseudonyms))
  }

  /// The number of an item.
  ///
  /// - Throws: `unknownName`.
  public func item(_ name: String) throws(DictionaryError) -> ItemID { ItemID(try number(name, in: items, nil)) }

  /// The numbers of items, in their order.
  ///
  /// - Throws: `unknownName` for the first that is not there.
  public func items(_ names: [String]) throws(DictionaryError) -> [ItemID] {
    var numbers: [ItemID] = []
    for name in names { numbers.append(try item(name)) }
    return numbers
  }

  /// The name of a user; `nil` if the dictionary does not have it.
  public func name(of user: UserID) -> String? { users.name(ofID: user.rawValue) }

  /// The name of an item; `nil` if the dictionary does not have it.
  public func name(of item: ItemID) -> String? { items.name(ofID: item.rawValue) }

  /// The names of the results of an answer, in their order.
  public func names(of answer: RankAnswer) -> [String?] { answer.results.map { name(of: $0.item) } }

  private func number(
    _ name: String, in dictionary: IDDictionary, _ pseudonyms: Pseudonyms?
  ) throws(DictionaryError) -> UInt64 {
    do throws(NameError) {
      if let position = try dictionary.position(of: name, pseudonyms) { return dictionary.ids[position] }
    } catch { throw DictionaryError(error) }
    guard !dictionary.isPseudonymous, let number = IDDictionary.number(name) else {
      throw DictionaryError(unknown: name, in: dictionary.file)
    }
    return number
  }
}

extension RankQuery {
  /// A query in a shop's own ids.
  ///
  /// - Throws: `unknownName` for a user or an item that the dictionaries do not have.
  public init(
    collection: String, user: String?, sessionItems: [String] = [], exclude: [String] = [], k: Int = 10,
    depth: Int? = nil, by dictionaries: IDDictionaries
  ) throws(DictionaryError) {
    self.init(collection: collection, k: k, depth: depth)
    self.user = try user.map { name throws(DictionaryError) in try dictionaries.user(name) }
    self.sessionItems = try dictionaries.items(sessionItems)
    self.exclude = try dictionaries.items(exclude)
  }
}
