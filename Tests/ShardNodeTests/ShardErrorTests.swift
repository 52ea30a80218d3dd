import Placement
import ShardNode
import Support
import Testing
import Vocabulary
import Wire

/// What a shard refuses says the rule, and points at the field that breaks it.
@Suite struct ShardErrorTests {
  private func refusal<Request: RequestMessage>(_ request: Request, _ shard: ShardFixture) async -> WireError? {
    do {
      _ = try await shard.ask(request)
      return nil
    } catch { return error as? WireError }
  }

  @Test func fieldsAreNamed() async throws {
    let shard = try await ShardFixture()
    let one = Generation(1)
    let search = { (change: (inout SearchRequest) -> Void) in
      var request = SearchRequest(collection: "shop", generation: one, limit: 5, query: [1, 0, 0, 0])
      change(&request)
      return request
    }
    let cases: [(any RequestMessage, ErrorCode, Int)] = [
      (search { $0.collection = "other" }, .unknownCollection, 32),
      (search { $0.generation = Generation(9) }, .unknownGeneration, 4),
      (search { $0.query = [1] }, .dimensionMismatch, 37),
      (search { $0.attributes = ["brand", "nope"] }, .unknownAttribute, 37 + 2 + 16 + 2 + 6),
      (CollectionCreateRequest(name: "new", schema: shard.schema), .unknownGeneration, 0),
      (CollectionDescribeRequest(name: "other"), .unknownCollection, 0),
      (
        TransferRequest(
          transfer: 0, step: .digest(.all, InstanceKey(name: "other", generation: one))), .unknownCollection, 540
      ),
      (GenerationRequest(collection: "shop", step: .list), .unknownOpcode, 0),
    ]
    for (request, code, offset) in cases {
      let error = await refusal(request, shard)
      #expect(error?.code == code && error?.fieldOffset == UInt32(offset), "\(String(describing: error))")
      #expect(error?.message.isEmpty == false)
    }
  }
}
