package import Storage
import Vocabulary
package import Wire

/// The plan in the data directory, if there is one: a change is durable before the coordinator acts upon it.
package final class MovePlanStore: Sendable {
  private static let byteCountMax = 64 << 10

  private struct State {
    var plan: MovePlan?
    var revision: UInt64
  }

  private let file: TwoGenerationFile
  private let state: Lock<State>
  /// The path of a generation that was not whole at the start: worth a line in the log.
  package let damagedPath: String?

  /// Opens the store.
  ///
  /// - Throws: `StorageError`; bytes that are whole but no plan are `.damaged`.
  package init(_ directory: DataDirectory) throws(StorageError) {
    file = directory.twoGenerationFile("moves", limit: Self.byteCountMax)
    let contents = try file.read()
    let bytes = contents?.bytes ?? []
    damagedPath = contents?.damagedPath
    do throws(WireError) {
      let plan = bytes.isEmpty ? nil : try MovePlan(bytes: bytes)
      state = Lock(State(plan: plan, revision: contents?.generation ?? 0))
    } catch {
      throw .damaged(
        path: directory.file("moves"), hint: "it is whole but no plan; was it written by a later version?")
    }
  }

  /// The stored value.
  package var current: MovePlan? { state.withLock { $0.plan } }

  /// How often it has changed on disk.
  package var revision: UInt64 { state.withLock { $0.revision } }

  /// Changes the plan, on disk first; `nil` and no bytes mean that there is none. Blocks while the disk writes.
  ///
  /// - Throws: what `change` throws, STORAGE_FULL or STORAGE_FAILED; nothing has changed then.
  package func update(_ change: (inout MovePlan?) throws(WireError) -> Void) throws(WireError) {
    try state.withLock { (state) throws(WireError) in
      var new = state.plan
      try change(&new)
      guard new != state.plan else { return }
      do throws(StorageError) { state.revision = try file.write(new?.bytes ?? []) } catch { throw WireError(error) }
      state.plan = new
    }
  }
}
