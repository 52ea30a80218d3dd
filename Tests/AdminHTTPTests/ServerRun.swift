import AdminHTTP
import SocketTransport
import Transport

/// Runs a test on a server of its own, which has ended when the test has.
@discardableResult
func withServer<Value: Sendable>(
  _ routes: [AdminRoute], limits: AdminLimits = AdminLimits(), listen: String = "127.0.0.1:0",
  access: (any AdminAccess)? = nil, _ body: @Sendable (AdminServer) async throws -> Value
) async throws -> Value {
  let server = try AdminServer(
    .plain(ListeningSocket(listen)), routes: routes, access: access, limits: limits, clock: SystemClock())
  // Threads of its own: the shared ones belong to other tests for seconds.
  let threads = ComputePool(threadCount: 4)
  return try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask(executorPreference: threads) {
      await server.run()
      return nil
    }
    do {
      let value = try await withTaskExecutorPreference(threads) { try await body(server) }
      server.close()
      try await group.waitForAll()
      return value
    } catch {
      server.close()
      throw error
    }
  }
}

/// `GET /hello`, and `POST /echo` for up to 100 bytes.
let greeting: [AdminRoute] = [
  .get("/hello") { request in .text("hello \(request.arguments["name"] ?? "nobody")\n") },
  .post("/echo", bodyBytesMax: 100) { request in
    AdminResponse(body: request.body, headers: ["Cache-Control": "no-cache"])
  },
]
