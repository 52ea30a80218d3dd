import DataSets
import Evaluation
import Vocabulary

/// What came of impressions by shopper and arm, of a log that `winnow log export` wrote.
struct ImpressionTable {
  private let names: NameTable
  /// By shopper: the arm, or `nil` for one that several have answered.
  private let armsOfShoppers: [Int?]
  private let shoppers: [ArmComparison.Shopper]

  /// - Parameter arm: The column that names the arms.
  init(_ file: InputFile, arm: String) throws(DataError) {
    var reader = try RecordReader(file, TableFormat(delimiter: .tab))
    let columns = ["user", "event", arm].map { reader.columns.firstIndex(exactly: $0) }
    guard let user = columns[0], let event = columns[1], let arm = columns[2] else {
      throw DataError(
        file.name, line: 1, .header,
        "it has no columns user, event and \(arm) but: \(reader.columns.joined(separator: ", "))",
        advice: "give a log that 'winnow log export' wrote")
    }
    var (users, names) = (NameTable(), NameTable())
    var (arms, shoppers): ([Int?], [ArmComparison.Shopper]) = ([], [])
    while let row = try reader.next() {
      guard case .record(let record) = row else { continue }
      let fields: [String?]
      do throws(RowFault) {
        fields = [try reader.text(record, user), try reader.text(record, event), try reader.text(record, arm)]
      } catch {
        throw DataError(
          file.name, line: record.line, field: error.field, .malformed, error.reason.rawValue, advice: "export it again"
        )
      }
      guard let name = fields[0], let word = fields[1], let armName = fields[2] else {
        throw DataError(
          file.name, line: record.line, .malformed, "a field is empty", advice: "export the log again")
      }
      let (shopper, own) = (users.number(name), names.number(armName))
      if shopper == shoppers.count {
        arms.append(own)
        shoppers.append(ArmComparison.Shopper())
      } else if arms[shopper] != own {
        arms[shopper] = nil
      }
      let action = ShopperAction(word: word)
      if [.click, .rating, .cart, .purchase].contains(action) { shoppers[shopper].clicks += 1 }
      if [.cart, .purchase].contains(action) { shoppers[shopper].carts += 1 }
      if action == .purchase { shoppers[shopper].purchases += 1 }
    }
    (self.names, armsOfShoppers, self.shoppers) = (names, arms, shoppers)
  }

  /// The arms that occur.
  var arms: [String] { names.names }

  /// Shoppers that several arms have answered.
  var sharedCount: Int { armsOfShoppers.count { $0 == nil } }

  /// Those that one arm alone has answered.
  func shoppers(of name: String) -> [ArmComparison.Shopper] {
    guard let arm = names[name] else { return [] }
    return zip(armsOfShoppers, shoppers).filter { $0.0 == arm }.map(\.1)
  }
}
