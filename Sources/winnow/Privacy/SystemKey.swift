import Privacy
import SocketTransport
import Storage

/// Secret bytes that the system draws, or a file has.
enum SystemKey {
  /// Random bytes.
  static func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: SystemRandom().next()) }
  }

  /// A key file of 32 secret bytes.
  static func secret(_ path: String) throws(Failure) -> [UInt8] {
    let (bytes, mode): ([UInt8], UInt32)
    do throws(DiskError) {
      let file = try ReadableFile(path)
      (mode, bytes) = (try file.permissions(), try file.next(4096))
    } catch { throw Failure(error) }
    return try Failure.wrap { () throws(PrivacyError) in try SecretFile.bytes(path, bytes, mode: mode) }
  }
}
