extension UserTable {
  /// The content of `users.safetensors` without some users; what stands for many (fallback, popularity, segments) stays as it is.
  ///
  /// - Returns: The file, and how many users were in it; the same bytes if none was.
  /// - Throws: What makes the file unreadable.
  package static func removing(_ ids: Set<UInt64>, from bytes: [UInt8]) throws(ModelError) -> (
    bytes: [UInt8], removed: Int
  ) {
    let file = try SafetensorsFile(bytes, as: .users)
    let all = try file.ids("id")
    let kept = all.indices.filter { !ids.contains(all[$0]) }
    guard kept.count < all.count else { return (bytes, 0) }
    var writer = SafetensorsWriter()
    if OwnedTable.names.contains(where: { file[$0] != nil }) {
      let owned = try OwnedTable(file, rows: all.count)
      writer.add(owned: kept.map { owned[$0] })
    }
    for name in file.names where !OwnedTable.names.contains(name) {
      guard let tensor = file[name] else { continue }
      let content = bytes[tensor.bytes]
      guard !["fallback.", "popularity.", "segment."].contains(where: name.hasPrefix), tensor.shape.first == all.count
      else {
        writer.add(name, tensor.elementType, shape: tensor.shape, bytes: content)
        continue
      }
      let rowBytes = content.count / all.count
      var rows: [UInt8] = []
      rows.reserveCapacity(kept.count * rowBytes)
      for row in kept { rows += content[(content.startIndex + row * rowBytes)...].prefix(rowBytes) }
      writer.add(name, tensor.elementType, shape: [kept.count] + tensor.shape.dropFirst(), bytes: rows[...])
    }
    return (writer.file(), all.count - kept.count)
  }
}
