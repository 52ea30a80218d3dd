/// A file of a disk in memory: what programs read, and what a loss of power would leave of it.
struct MemoryFile: Sendable {
  /// The unit in which a disk writes or does not.
  static let sectorSize = 512

  /// The bytes that programs see.
  private(set) var bytes: [UInt8]
  /// The durable bytes.
  private var durable: [UInt8]
  /// Writes since the last sync, in order.
  private var pending: [(offset: Int, bytes: [UInt8])] = []

  /// A durable file.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    durable = bytes
  }

  /// Writes at a place, or at the end.
  mutating func write(_ new: some Collection<UInt8>, at offset: Int?) {
    guard !new.isEmpty else { return }
    let offset = offset ?? bytes.count
    pending.append((offset, Array(new)))
    Self.write(new, at: offset, into: &bytes)
  }

  mutating func sync() {
    durable = bytes
    pending = []
  }

  /// Loses what was not synced.
  mutating func losePower() {
    bytes = durable
    pending = []
  }

  /// Of what was not synced, keeps those sectors that `isKept` says, asked for one after another.
  mutating func losePower(isKept: () -> Bool) {
    var left = durable
    for write in pending {
      var start = 0
      while start < write.bytes.count {
        // Sectors lie at multiples of their size in the file, wherever the write began.
        let end = min(write.bytes.count, start + Self.sectorSize - (write.offset + start) % Self.sectorSize)
        if isKept() { Self.write(write.bytes[start..<end], at: write.offset + start, into: &left) }
        start = end
      }
    }
    self = MemoryFile(left)
  }

  private static func write(_ new: some Collection<UInt8>, at offset: Int, into bytes: inout [UInt8]) {
    if bytes.count < offset + new.count {
      bytes += repeatElement(0, count: offset + new.count - bytes.count)
    }
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
  }
}
