import Vocabulary
import Wire

/// What a client checks before it sends: values that do not fit a field, or break a limit that never moves.
enum Check {
  static func name(_ text: String, _ what: String) throws(WinnowError) {
    guard isName(text) else {
      throw WinnowError(invalid: "the name of the \(what) is not 1 to \(Limits.nameBytesMax) of a-z 0-9 _ -")
    }
  }

  static func range(_ value: Int, _ range: ClosedRange<Int>, _ what: String) throws(WinnowError) {
    guard range.contains(value) else {
      throw WinnowError(
        invalid: "the \(what) is \(value), not \(range.lowerBound) to \(range.upperBound)", code: .limitExceeded)
    }
  }
}
