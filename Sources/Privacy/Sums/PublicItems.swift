import Bytes
package import DataSets
package import Names
import Vocabulary

/// The items that a private model may name: a list that says nothing of a log, with what everybody may know of each.
package struct PublicItems: Sendable {
  /// Numbered in the order of the list alone: the order of a log's dictionary would tell who bought first.
  package let dictionary: IDDictionary
  /// Attributes by place in the list.
  package let catalogue: AttributeColumns

  /// The list of a table.
  package init(_ table: EntityTable) throws(PrivacyError) {
    var dictionary = IDDictionary("items.dict")
    do throws(NameError) {
      for id in table.ids { _ = try dictionary.add(id) }
    } catch {
      throw PrivacyError(.items, error.message, advice: error.advice)
    }
    self.dictionary = dictionary
    catalogue = AttributeColumns(
      ids: dictionary.ids.map { ItemID($0) }, definitions: table.definitions, columns: table.columns)
  }

  /// Number of items.
  package var count: Int { dictionary.count }

  /// The place of each item of a data set in the list.
  ///
  /// - Throws: If an event has an item that the list does not have: only the log would name it.
  package func places(_ data: DataSet) throws(PrivacyError) -> [UInt32?] {
    let places: [UInt32?]
    do throws(NameError) {
      places = try data.items.names.map { (name) throws(NameError) in
        try dictionary.position(of: name).map { UInt32($0) }
      }
    } catch {
      throw PrivacyError(.items, error.message, advice: error.advice)
    }
    let met = Set(data.interactions.items)
    let missing = met.count { places[Int($0)] == nil }
    guard missing == 0 else {
      throw PrivacyError(
        .items,
        "\(missing) of the log's \(met.count) items do not stand in the list of items: a model that named them would "
          + "tell that they were bought",
        advice: "give --items a list of all that the shop sells, by the ids of the log")
    }
    return places
  }

  /// The SHA-256 of the ids in their order, a line each, 32 bytes.
  package var hash: [UInt8] { ContentHash.sha256(dictionary.names.flatMap { Array($0.utf8) + [0x0A] }) }
}
