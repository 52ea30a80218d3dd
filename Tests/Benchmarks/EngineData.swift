import Foundation
import Support

/// Vectors as retrieval meets them, the same in every run.
enum EngineData: String, CaseIterable, Sendable {
  /// 1,000 Gaussian clusters, lognormal norms (σ 0.3): flatters an index made of cells.
  case clusters
  /// No clusters, spectrum j^-½, the same norms: what matrix factorisation gives.
  case factors
  /// Gaussian in every direction.
  case isotropic
  /// Embeddings trained on real purchases, `../shared/data/ann-real`, repeated with a little noise.
  case real

  /// Items `[count, dimension]` and queries `[queryCount, dimension]`; `nil` if the real ones are not there.
  func vectors(
    _ count: Int, queries queryCount: Int, dimension: Int
  ) throws -> (items: [[Float]], queries: [[Float]])? {
    var random = GaussianRandom(seed: 41)
    if self == .real {
      guard let items = try Self.file("beauty_ials64_items"), let queries = try Self.file("beauty_ials64_queries1000")
      else { return nil }
      let tiled = (0..<count).map { i in
        i < items.count ? items[i] : items[i % items.count].map { $0 + 0.01 * $0.magnitude * random.next() }
      }
      return (tiled, (0..<queryCount).map { queries[$0 % queries.count] })
    }
    let centres = (0..<(self == .clusters ? 1000 : 0)).map { _ in (0..<dimension).map { _ in random.next() } }
    func vector() -> [Float] {
      var values = (0..<dimension).map { _ in random.next() }
      switch self {
      case .clusters:
        let centre = centres[Int(random.bits.next() % 1000)]
        for j in values.indices { values[j] = centre[j] + 0.5 * values[j] }
      case .factors: for j in values.indices { values[j] /= Float(j + 1).squareRoot() }
      case .isotropic, .real: return values
      }
      let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let norm = Float(exp(0.3 * Double(random.next())))
      return values.map { $0 * (norm / length) }
    }
    let items = (0..<count).map { _ in vector() }
    return (items, (0..<queryCount).map { _ in vector() })
  }

  /// Rows of 64 from a .npy file beside the package.
  private static func file(_ name: String) throws -> [[Float]]? {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
    let path = root.appendingPathComponent("shared/data/ann-real/\(name).npy").standardizedFileURL.path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard data.count > 10 else { throw WrongResult(description: "\(name) is no .npy file") }
    let start = 10 + Int(data[8]) + Int(data[9]) << 8
    let values = data[start...].withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return stride(from: 0, to: values.count, by: 64).map { Array(values[$0..<$0 + 64]) }
  }
}

/// Normal deviates from a seed, by Box and Muller.
struct GaussianRandom {
  var bits: SeededRandom
  private var spare: Float?

  init(seed: UInt64) { bits = SeededRandom(seed: seed) }

  mutating func next() -> Float {
    if let spare {
      self.spare = nil
      return spare
    }
    let radius = (-2 * log((Double(bits.next() >> 11) + 0.5) * 0x1p-53)).squareRoot()
    let angle = 2 * Double.pi * Double(bits.next() >> 11) * 0x1p-53
    spare = Float(radius * sin(angle))
    return Float(radius * cos(angle))
  }
}
