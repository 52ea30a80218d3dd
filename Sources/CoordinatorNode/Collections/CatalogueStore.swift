package import Storage
import Vocabulary
package import Wire

/// The catalogue in the data directory: a change is durable before any request sees it.
package final class CatalogueStore: Sendable {
  private static let byteCountMax = 64 << 20

  private struct State {
    var catalogue: CollectionCatalogue
    var revision: UInt64
  }

  private let file: TwoGenerationFile
  private let state: Lock<State>
  /// The path of a generation that was not whole at the start: worth a line in the log.
  package let damagedPath: String?
  /// Generations that were being filled when the coordinator ended.
  let forgotten: [InstanceKey]

  /// Opens the store; an empty one gets an incarnation.
  ///
  /// - Throws: `StorageError`; bytes that are whole but no catalogue are `.damaged`.
  package init(_ directory: DataDirectory, newIncarnation: Bytes16) throws(StorageError) {
    file = directory.twoGenerationFile("catalogue", limit: Self.byteCountMax)
    guard let contents = try file.read() else {
      let catalogue = CollectionCatalogue(incarnation: newIncarnation)
      state = Lock(State(catalogue: catalogue, revision: try file.write(catalogue.bytes)))
      (damagedPath, forgotten) = (nil, [])
      return
    }
    do throws(WireError) {
      var catalogue = try CollectionCatalogue(bytes: contents.bytes)
      forgotten = catalogue.forgetStaged()
      state = Lock(State(catalogue: catalogue, revision: contents.generation))
    } catch {
      throw .damaged(
        path: directory.file("catalogue"), hint: "it is whole but no catalogue; was it written by a later version?")
    }
    damagedPath = contents.damagedPath
  }

  /// The stored value.
  package var current: CollectionCatalogue { state.withLock { $0.catalogue } }

  /// How often it has changed on disk.
  package var revision: UInt64 { state.withLock { $0.revision } }

  /// Shows the catalogue to requests once more.
  func show(_ publish: (CollectionCatalogue) -> Void) { state.withLock { publish($0.catalogue) } }

  /// Changes the catalogue, on disk first. Blocks while the disk writes.
  ///
  /// - Parameter publish: Shows a new catalogue to requests, before the next change.
  /// - Throws: what `change` throws, STORAGE_FULL or STORAGE_FAILED; nothing has changed then.
  package func update<Value>(
    _ change: (inout CollectionCatalogue) throws(WireError) -> Value, publish: (CollectionCatalogue) -> Void
  ) throws(WireError) -> Value {
    try state.withLock { (state) throws(WireError) in
      var new = state.catalogue
      let value = try change(&new)
      guard new != state.catalogue else { return value }
      do throws(StorageError) { state.revision = try file.write(new.bytes) } catch { throw WireError(error) }
      state.catalogue = new
      publish(new)
      return value
    }
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
