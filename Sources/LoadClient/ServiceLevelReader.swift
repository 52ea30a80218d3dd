/// Reads the text of a `ServiceLevel` and points at what it does not understand.
struct ServiceLevelReader {
  private static let measures = "p50, p99.9, max, recall@K, ndcg@K, coverage, errors, degraded or wrong"

  private static let signs = Array("<=>".utf8)

  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func bounds() throws(ServiceLevel.Mistake) -> [ServiceLevel.Bound] {
    var bounds: [ServiceLevel.Bound] = []
    repeat { bounds.append(try bound()) } while take(UInt8(ascii: ","))
    guard position == bytes.count else { throw mistake("a comma is expected", at: position) }
    return bounds
  }

  private func mistake(_ message: String, at offset: Int) -> ServiceLevel.Mistake {
    ServiceLevel.Mistake(offset: offset, message: message)
  }

  private mutating func skipBlanks() { while position < bytes.count, bytes[position] == 0x20 { position += 1 } }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// The longest run of bytes for which something holds.
  private mutating func word(_ holds: (UInt8) -> Bool) -> String {
    let start = position
    while position < bytes.count, holds(bytes[position]) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func bound() throws(ServiceLevel.Mistake) -> ServiceLevel.Bound {
    skipBlanks()
    let start = position
    let name = word { !Self.signs.contains($0) && $0 != UInt8(ascii: ",") && $0 != 0x20 }
    guard let measure = Self.measure(name) else { throw mistake("\(Self.measures) is expected", at: start) }
    skipBlanks()
    let signStart = position
    guard let sign = ServiceLevel.Sign(rawValue: word { Self.signs.contains($0) }) else {
      throw mistake("<, <=, >= or > is expected", at: signStart)
    }
    skipBlanks()
    let valueStart = position
    let digits = word { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    guard let number = Double(digits) else { throw mistake("a number is expected", at: valueStart) }
    let unitStart = position
    let unit = word { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "%") }
    let scales: [String: Double] = measure.isLatency ? ["us": 1, "ms": 1e3, "s": 1e6] : ["": 1, "%": 0.01]
    guard let scale = scales[unit] else {
      throw mistake(measure.isLatency ? "us, ms or s is expected" : "only % may follow the number", at: unitStart)
    }
    guard measure.isLatency || number * scale <= 1 else { throw mistake("a share is at most 1", at: valueStart) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return ServiceLevel.Bound(measure: measure, sign: sign, limit: number * scale, text: text)
  }

  private static func measure(_ name: String) -> ServiceLevel.Measure? {
    switch name {
    case "max": return .longest
    case "coverage": return .coverage
    case "errors": return .errors
    case "degraded": return .degraded
    case "wrong": return .wrong
    default: break
    }
    if name.first == "p", let percent = Double(name.dropFirst()), percent > 0, percent <= 100 {
      return .percentile(percent)
    }
    let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let k = Int(parts[1]), k > 0 else { return nil }
    switch parts[0] {
    case "recall": return .recall(k)
    case "ndcg": return .ndcg(k)
    default: return nil
    }
  }
}
