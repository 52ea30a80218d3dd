import Bytes

/// A value of etcd as a writer puts it: the last changes, then the value.
struct EtcdRecord: Equatable {
  let changes: LastChanges
  let value: [UInt8]

  init(changes: LastChanges, value: [UInt8]) {
    self.changes = changes
    self.value = value
  }

  /// `nil` if these are not the bytes of a record.
  init?(bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    guard let changes = LastChanges(from: &reader) else { return nil }
    self.changes = changes
    do throws(ByteError) { value = Array(try reader.readBytes(reader.remaining)) } catch { return nil }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: value.count + 1 + LastChanges.writersMax * 16)
    changes.write(to: &writer)
    writer.write(bytes: value)
    return writer.bytes
  }
}
