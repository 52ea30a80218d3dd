package import DataSets
import Vocabulary

extension DataSet {
  /// The group of each user by an attribute of users; `nil`: there is no such attribute.
  package func userLabels(_ name: String) -> [String]? {
    guard let column = userDefinitions.firstIndex(where: { $0.name == name }) else { return nil }
    return userColumns[column].map { value in
      switch value {
      case .keyword(let word): word
      case .int(let number): "\(number)"
      case .bool(let flag): flag ? "yes" : "no"
      case nil: "(none)"
      default: "(other)"
      }
    }
  }
}
