import Bytes
import Vocabulary

extension RandomSource {
  /// Random bytes, `[count]`.
  func bytes(_ count: Int) -> [UInt8] {
    var writer = ByteWriter(reservingCapacity: count + 8)
    while writer.count < count { writer.write(next()) }
    return Array(writer.bytes.prefix(count))
  }
}
