import Ranking
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// Fetches a model that the catalogue names from another coordinator that has it, by its hash.
struct ModelFetch: Sendable {
  let council: Council
  let registry: CollectionRegistry
  let surroundings: Coordinator.Surroundings

  /// For one answer of the other coordinator.
  private static let answerMicroseconds: UInt64 = 10_000_000

  /// Fetches a model from the first of the others that has it, and keeps it.
  ///
  /// - Returns: `nil`: no other coordinator has it.
  /// - Throws: METADATA_UNAVAILABLE if one that may have it does not answer; STORAGE_FULL, STORAGE_FAILED.
  func run(_ key: InstanceKey, _ hash: [UInt8]) async throws(WireError) -> ServingModel? {
    // The chair has written the catalogue a moment before it shows the model that it names.
    for _ in 0..<Self.attemptsMax {
      if let model = try await runOnce(key, hash) { return model }
      guard !council.others.isEmpty else { return nil }
      await surroundings.sleep(Self.pauseMicroseconds)
    }
    return nil
  }

  private static let attemptsMax = 40
  private static let pauseMicroseconds: UInt64 = 50_000

  private func runOnce(_ key: InstanceKey, _ hash: [UInt8]) async throws(WireError) -> ServingModel? {
    var silent: String?
    for other in council.others {
      let upload = max(surroundings.random.next(), 1)
      defer { try? registry.models.discard(upload) }
      do throws(CallError) {
        guard try await fetch(key, upload, over: other.way) else { continue }
      } catch {
        guard case .refused(let refusal) = error else {
          silent = other.address
          continue
        }
        if refusal.code == .storageFull || refusal.code == .storageFailed { throw refusal }
        if refusal.errorClass.contains(.retriable) { silent = other.address }
        continue
      }
      // Another one may have been loaded there meanwhile.
      guard let model = try? registry.models.keep(upload, sha256: hash, check: { _ in }) else { continue }
      surroundings.log?(
        .info, "a model was fetched",
        [
          "collection": LogValue(key.name), "from": .text(other.address),
          "model": LogValue(String(model.model.id, radix: 16)),
        ])
      return model
    }
    guard let silent else { return nil }
    throw WireError(.metadataUnavailable, message: "a model cannot be fetched from the coordinator at \(silent) yet")
  }

  /// - Returns: whether there is a model.
  private func fetch(_ key: InstanceKey, _ upload: UInt64, over way: any ShardCaller) async throws(CallError) -> Bool {
    var isThere = false
    for file in ModelLoadRequest.File.allCases {
      var offset: UInt64 = 0
      while true {
        let request = SnapshotRequest(snapshot: 0, step: .readModel(key, file, offset: offset))
        let reply = try await way.call(
          OutboundRequest(.snapshot, body: request.body, deadline: surroundings.later(Self.answerMicroseconds)))
        let part: SnapshotResponse
        do throws(WireError) {
          part = try SnapshotResponse(body: reply.message.body, version: request.body.version)
        } catch { throw .invalid(error) }
        guard !part.data.isEmpty else { break }
        do throws(DiskError) { try registry.models.append(part.data, to: upload, file) } catch {
          throw .refused(WireError(error))
        }
        isThere = true
        offset += UInt64(part.data.count)
        if offset >= part.byteCount { break }
      }
    }
    return isThere
  }
}
