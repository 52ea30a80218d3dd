/// Which events a model is tested on.
package enum SplitChoice: Sendable, Equatable {
  /// The last item of each user who has at least three events.
  case last
  /// Events from a time on, in milliseconds since 1970.
  case date(Int64)
  /// `test.tsv` of the data set.
  case file
  /// The events that the training run held out to choose settings by.
  case validation

  /// Reads `last`, `test`, `validation` or `date:2011-10-01`.
  package init?(_ text: String) {
    switch text {
    case "last": self = .last
    case "test": self = .file
    case "validation": self = .validation
    default:
      guard text.hasPrefix("date:"), let time = Timestamp.moment(String(text.dropFirst(5))) else { return nil }
      self = .date(time)
    }
  }

  /// The text that reads as this choice; a date as milliseconds.
  package var text: String {
    switch self {
    case .last: "last"
    case .date(let time): "date:\(time)"
    case .file: "test"
    case .validation: "validation"
    }
  }
}
