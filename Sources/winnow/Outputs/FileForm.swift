import LoadClient
import Text

/// A kind of file that Winnow writes, and how it knows one of its own from a file of the person's.
struct FileForm: Sendable {
  /// With its article, for errors: `a page of winnow bench`.
  let name: String
  /// Texts that stand in this order in the first bytes of every such file, the first of them at the very start.
  let marks: [String]

  /// Bytes within which the marks stand.
  static let headBytes = 4096

  /// Whether a file that begins with these bytes is of this kind. An empty file is: nothing is lost with it.
  func isOwn(_ head: [UInt8]) -> Bool {
    guard let first = marks.first, !head.isEmpty else { return head.isEmpty }
    guard head.starts(with: first.utf8) else { return false }
    var rest = String(decoding: head, as: UTF8.self)[...]
    for mark in marks {
      guard let found = rest.firstRange(of: mark) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }

  static let lexicon = FileForm(name: "a lexicon of winnow text build", marks: [Lexicon.magic])
  static let suggestions = FileForm(name: "suggestions of winnow text build", marks: [Suggestions.magic])
  static let page = FileForm(name: "a page of winnow bench", marks: ["<!doctype html>", "<title>winnow bench: "])
  static let histogramLog = FileForm(name: "a histogram log of winnow bench", marks: [HdrLog.beginning])
  static let history = FileForm(name: "a history of winnow train", marks: ["{\n  \"epochs\" : "])
  static let plot = FileForm(name: "a drawing of winnow train", marks: ["<svg ", CurvePlot.label])
  static let tradeOff = FileForm(name: "a drawing of winnow evaluate", marks: ["<svg ", TradeOffPlot.label])
  static let rejects = FileForm(name: "rejected lines of winnow feed", marks: ["{\"line\": ", "\"error\": "])
  static let offer = FileForm(
    name: "an offer of winnow federate", marks: ["{\n  \"colluders\" : ", "winnow-federation"])
  static let rekey = FileForm(name: "a list of winnow pseudonym rotate", marks: ["old\tnew\n"])
  static let resumption = FileForm(name: "the place of an interrupted feed", marks: ["{\"flags\": ", "\"writers\": "])
}
