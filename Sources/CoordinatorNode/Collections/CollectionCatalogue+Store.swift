import Metadata
import Storage
import Wire

extension CollectionCatalogue {
  /// The catalogue as its store keeps it.
  static var form: AgreedValue<CollectionCatalogue>.Form {
    .init(
      name: .catalogue, words: "the catalogue",
      decode: { (bytes) throws(WireError) in try CollectionCatalogue(bytes: bytes) }, encode: { $0.bytes })
  }
}

extension WireError {
  /// The answer when the coordinator's own disk fails.
  init(_ error: StorageError) {
    var isFull = false
    if case .disk(let error) = error { isFull = error.isFull }
    self.init(
      isFull ? .storageFull : .storageFailed, retryAfterMilliseconds: isFull ? 1000 : 0,
      message: "the coordinator's disk: \(error.text)")
  }

  /// The answer when the coordinator's own disk fails.
  init(_ error: DiskError) { self.init(StorageError.disk(error)) }
}
