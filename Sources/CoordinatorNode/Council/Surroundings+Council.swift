import Bytes
import Metadata
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

extension Coordinator.Surroundings {
  /// These with a store whose calls are measured.
  func timing(_ registry: MetricRegistry) -> Coordinator.Surroundings {
    var surroundings = self
    surroundings.metadata = TimedMetadataStore(metadata, registry, clock: clock)
    return surroundings
  }

  /// These with the council that the coordinator enters, if it is one of several.
  func entering(
    _ confirmed: ConfirmedStore, _ configuration: Coordinator.Configuration
  ) async throws(StartError) -> Coordinator.Surroundings {
    guard let seat else { return self }
    var surroundings = self
    var identity = NodeIdentity(role: .coordinator, program: configuration.program)
    let claim = try await claim(confirmed)
    identity.claim = claim
    surroundings.council = Council(seat.store, address: seat.address, claim: claim, self) { [identity] address in
      seat.makeWay(address, identity)
    }
    return surroundings
  }

  /// The claim that all coordinators of the cluster have: a greater one than that of a coordinator which has displaced
  /// them.
  private func claim(_ confirmed: ConfirmedStore) async throws(StartError) -> UInt64 {
    let found = try await stored(.claim)
    let known = confirmed.current.claim
    if let found, let claim = Self.claim(found), claim >= known { return claim }
    var next = confirmed.current
    next.takeClaim(milliseconds: wallMicroseconds() / 1000, random: random.next())
    var writer = ByteWriter()
    writer.write(next.claim)
    let value: MetadataValue
    if let found {
      let change = MetadataChange(
        .claim, writer.bytes, expected: found.revision, writer: random.next(), number: random.next())
      do throws(MetadataError) { value = try await metadata.compareAndSet(change) } catch {
        guard case .conflict(let other?) = error else { throw .metadata(error) }
        value = other
      }
    } else {
      value = try await write(writer.bytes, first: .claim)
    }
    guard let claim = Self.claim(value) else { throw .unreadable("the number of the cluster's coordinators") }
    return claim
  }

  private static func claim(_ value: MetadataValue) -> UInt64? {
    var reader = ByteReader(value.bytes)
    guard value.bytes.count == 8 else { return nil }
    return try? reader.read(UInt64.self)
  }
}
