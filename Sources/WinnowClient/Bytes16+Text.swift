import Bytes
import Wire

extension Bytes16 {
  /// The 16 bytes in hexadecimal.
  var hexadecimal: String { ContentHash.hexadecimal(bytes) }
}
