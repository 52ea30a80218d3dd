import Vocabulary
import Wire

/// A cluster as a dictionary: applies writes once, as a ledger by writer, op and id lets it.
struct FeedTwin: Sendable {
  /// The price of each item; `nil` where it has none.
  private(set) var prices: [UInt64: Double?] = [:]
  /// How often each item was changed.
  private(set) var changes: [UInt64: Int] = [:]
  private var ops: [UInt64: (op: UInt64, ids: Set<UInt64>)] = [:]
  /// A rule of the protocol that a client has broken.
  private(set) var fault: String?

  mutating func apply(_ opcode: Opcode, _ body: [UInt8]) -> Result<WriteResponse, WireError> {
    do throws(WireError) {
      switch opcode {
      case .upsert:
        let request = try UpsertRequest(body: body)
        return .success(
          try write(request.writer, request.op, request.ids) { prices, row in
            prices[request.ids[row]] = .some(Self.price(request.attributes, row))
            return .inserted
          })
      case .update:
        let request = try UpdateRequest(body: body)
        return .success(
          try write(request.writer, request.op, request.ids) { prices, row in
            let id = request.ids[row]
            guard prices[id] != nil else { return .absent }
            if let price = Self.price(request.attributes, row) { prices[id] = .some(price) }
            if !request.removals.isEmpty, request.isRemoved(row, column: 0) { prices[id] = .some(nil) }
            return .replaced
          })
      case .delete:
        let request = try DeleteRequest(body: body)
        return .success(
          try write(request.writer, request.op, request.ids) { prices, row in
            prices.removeValue(forKey: request.ids[row]) == nil ? .absent : .deleted
          })
      default: throw WireError(.unknownOpcode)
      }
    } catch { return .failure(error) }
  }

  private static func price(_ table: AttributeTable, _ row: Int) -> Double? {
    guard !table.columns.isEmpty, case .float(let price) = table.value(row: row, column: 0) else { return nil }
    return price
  }

  private mutating func write(
    _ writer: UInt64, _ op: UInt64, _ ids: [UInt64],
    _ change: (inout [UInt64: Double?], Int) -> WriteResponse.Status
  ) throws(WireError) -> WriteResponse {
    let last = ops[writer]
    if let last, op < last.op { throw WireError(.conflict) }
    var known = last?.op == op ? last?.ids ?? [] : []
    if Set(ids).count < ids.count { fault = "an id twice in one op" }
    var statuses: [WriteResponse.Status] = []
    for (row, id) in ids.enumerated() {
      guard known.insert(id).inserted else {
        statuses.append(.replaced)
        continue
      }
      changes[id, default: 0] += 1
      statuses.append(change(&prices, row))
    }
    ops[writer] = (op, known)
    return WriteResponse(
      durability: .disk, isReplayed: false, statuses: statuses, versions: ids.map { UInt64(changes[$0] ?? 0) })
  }
}
