import Bytes
import JSON
import Transport
import Vocabulary

/// The coordinators that live: a key each, and the chair's, which a lease holds.
extension EtcdStore: SharedMetadataStore {
  package func present(_ own: CoordinatorEntry, standsForChair: Bool) async throws(MetadataError) -> Roster {
    let lease = try await renewedLease()
    let floor = revisionMax
    let body: [UInt8]
    do throws(EtcdCaller.Fault) {
      body = try await caller.call(
        "/v3/kv/txn",
        EtcdMessages.presence(
          prefix: prefix, own: key(of: own.id), EtcdPresence.bytes(of: own), lease: lease,
          chair: standsForChair ? EtcdPresence.chairBytes(own.id) : nil))
    } catch {
      if case .undecided(let reason) = error { throw .undecided(reason) }
      throw .unavailable(error.text)
    }
    guard let answer = EtcdMessages.presenceAnswer(body) else {
      throw .unavailable("etcd answers a transaction with something else")
    }
    try note(answer.revision, floor)
    var coordinators: [CoordinatorEntry] = []
    var chair: UInt64?
    for (name, bytes) in answer.values {
      if name == chairKey {
        chair = EtcdPresence.chair(bytes)
      } else if let id = UInt64(name.dropFirst(coordinatorPrefix.count), radix: 16) {
        guard let entry = EtcdPresence.entry(id, bytes) else {
          throw .unavailable("the key \(name) of etcd was not written by this version of Winnow")
        }
        coordinators.append(entry)
      }
    }
    return Roster(coordinators: coordinators, chair: chair)
  }

  package func leave() async {
    guard let lease = takeLease() else { return }
    _ = try? await caller.call("/v3/lease/revoke", EtcdMessages.lease(lease))
  }

  /// The lease that holds this coordinator's keys: kept alive, or another one if it has ended.
  private func renewedLease() async throws(MetadataError) -> UInt64 {
    do throws(EtcdCaller.Fault) {
      if let lease = presentLease {
        let answer = try await caller.call("/v3/lease/keepalive", EtcdMessages.lease(lease))
        if EtcdMessages.isAlive(answer) { return lease }
      }
      let answer = try await caller.call("/v3/lease/grant", EtcdMessages.grant(seconds: RosterTimes.storeSeconds))
      guard let lease = EtcdMessages.granted(answer) else {
        throw EtcdCaller.Fault.refused("etcd answers a grant with something else")
      }
      set(lease: lease)
      return lease
    } catch { throw .unavailable(error.text) }
  }

  private var coordinatorPrefix: String { prefix + "/coordinator/" }
  var chairKey: String { prefix + "/chair" }
  private func key(of id: UInt64) -> String { coordinatorPrefix + String(id, radix: 16) }
}

/// The values of the keys that leases hold (`proto-spec/08-files/metadata.md`).
enum EtcdPresence {
  private static let format: UInt8 = 1
  private static let addressBytesMax = 255

  /// u8 format · u64 revision of the map · u64 revision of the catalogue · the address.
  static func bytes(of entry: CoordinatorEntry) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(format)
    writer.write(entry.served.map)
    writer.write(entry.served.catalogue)
    writer.write(bytes: Array(entry.address.utf8))
    return writer.bytes
  }

  static func entry(_ id: UInt64, _ bytes: [UInt8]) -> CoordinatorEntry? {
    var reader = ByteReader(bytes)
    do throws(ByteError) {
      guard try reader.read(UInt8.self) == format else { return nil }
      let (map, catalogue) = (try reader.read(UInt64.self), try reader.read(UInt64.self))
      guard reader.remaining <= addressBytesMax else { return nil }
      var entry = CoordinatorEntry(
        id: id, address: String(decoding: try reader.readBytes(reader.remaining), as: UTF8.self))
      entry.served = ServedRevisions(map: map, catalogue: catalogue)
      return entry
    } catch { return nil }
  }

  /// u64 the id of the coordinator that has the chair.
  static func chairBytes(_ id: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(id)
    return writer.bytes
  }

  static func chair(_ bytes: [UInt8]) -> UInt64? {
    var reader = ByteReader(bytes)
    guard bytes.count == 8 else { return nil }
    return try? reader.read(UInt64.self)
  }
}
