import Arguments
import Glibc
import Storage
import Vocabulary

/// A directory that its owner alone may read.
enum ClosedDirectory {
  /// Makes it, or closes one that is there, before anything is written into it.
  static func make(_ path: String) throws(Failure) {
    do throws(DiskError) { try RealDisk().makeDirectory(path) } catch { throw Failure(error) }
    // SAFETY: the system reads the path, a text that ends with a zero, during the call.
    guard unsafe chmod(path, 0o700) == 0 else {
      throw Failure(.failed, "\(path.visible) cannot be closed to others (chmod 700)")
    }
  }
}
