import Support
import Transport
import WinnowClient

extension ScriptedServer {
  /// Runs a test with a client of a server with this script, in virtual time.
  static func run<Value: Sendable>(
    _ script: @escaping Script, options: ClientOptions = ClientOptions(),
    body: @escaping @Sendable (WinnowClient, ScriptedServer, ManualExecutor) async throws -> Value
  ) throws -> Value {
    try run(script) { network, server, executor in
      let client = WinnowClient(
        address: address, options: options, network: network, executor: executor, random: SeededRandomSource(seed: 1))
      let value = try await body(client, server, executor)
      await client.close()
      return value
    }
  }
}
