import Retrieval
import Transport
import Vocabulary
import Wire

extension ShardNode {
  func upserted(_ request: UpsertRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    let memory = memory
    let response = try await store.change(inbound.record, epoch: inbound.epoch) { (state, log) throws(WireError) in
      let refusal = memory.refusal(.unbounded, rows: request.ids.count, of: state)
      return try state.upsert(request) { () throws(WireError) in
        if let refusal { throw refusal }
        try log()
      }
    }
    let key = InstanceKey(name: request.collection, generation: request.generation)
    await encodeBlocks(of: key, written: request.ids.count)
    return durable(response)
  }

  /// A row that is written can have eight others moved to the last block.
  private static let encodedRowsPerItem = 9

  /// Makes the codes of blocks that are full.
  ///
  /// The writer that filled a block does this before it has its answer: a feed cannot outrun it, and other calls of the
  /// store go on meanwhile. Blocks that others filled, or a start has read, are not its to make.
  func encodeBlocks(of key: InstanceKey, written items: Int) async {
    var rowsLeft = items * Self.encodedRowsPerItem
    while rowsLeft > 0, let encoding = await store.nextEncoding(key) {
      await store.attach(encoding.run(configuration.kernels), to: key)
      rowsLeft -= encoding.rowCount
    }
  }

  func updated(_ request: UpdateRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    let memory = memory
    let response = try await store.change(inbound.record, epoch: inbound.epoch) { (state, log) throws(WireError) in
      let refusal = memory.refusal(request.growth, rows: request.ids.count, of: state)
      return try state.update(request) { () throws(WireError) in
        if let refusal { throw refusal }
        try log()
      }
    }
    let key = InstanceKey(name: request.collection, generation: request.generation)
    await encodeBlocks(of: key, written: request.ids.count)
    return durable(response)
  }

  func deleted(_ request: DeleteRequest, _ inbound: InboundRequest) async throws(WireError) -> WriteResponse {
    let response = try await store.change(
      inbound.record, epoch: inbound.epoch, mayUseReserve: true
    ) { (state, log) throws(WireError) in try state.delete(request, log: log) }
    return durable(response)
  }

  func created(
    _ request: CollectionCreateRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> CollectionCreateResponse {
    try await store.change(inbound.record, epoch: nil) { (state, log) throws(WireError) in
      try state.create(request, log: log)
    }
  }

  func dropped(
    _ request: CollectionDropRequest, _ inbound: InboundRequest
  ) async throws(WireError) -> CollectionDropResponse {
    try await store.change(inbound.record, epoch: nil, mayUseReserve: true) { (state, log) throws(WireError) in
      try state.drop(request, log: log)
    }
  }

  private func durable(_ response: WriteResponse) -> WriteResponse {
    var response = response
    response.durability = store.journal == nil ? .memory : .disk
    return response
  }
}

extension InboundRequest {
  /// The request as a change in a log.
  var record: ShardRecord { ShardRecord(opcode, body) }
}
