import DataSets
import Ranking

extension HistoryReader {
  /// What each item of a catalogue adds to a profile, `[items]`.
  func parts(of catalogue: AttributeColumns) -> [HistoryParts] {
    let columns = Dictionary(
      attributeNames.compactMap { name in catalogue.column(name).map { (name, $0) } }, uniquingKeysWith: { $1 })
    return catalogue.ids.indices.map { item in parts { columns[$0]?[item] } }
  }
}
