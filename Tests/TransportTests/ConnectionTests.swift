import Support
import Testing
import Transport
import Vocabulary
import Wire

@Suite struct ConnectionTests {
  @Test func callsAreAnswered() throws {
    try Stage.run { stage in
      let client = try await stage.client()
      let welcome = try #require(await client.welcome)
      #expect(welcome.role == .shard)
      #expect(welcome.credits == 256)
      #expect(welcome.features.contains(Features.echo))
      let reply = try await client.call(.rank, body: MessageBody([1, 2, 3]), budgetMicroseconds: 1_000_000)
      #expect(Array(reply.body) == [1, 2, 3])
      #expect(reply.epoch == Epoch(5))
      let echo = try await client.call(.echo, body: MessageBody([9]), budgetMicroseconds: 1_000_000)
      #expect(Array(echo.body) == [9])
    }
  }
}
