import AdminHTTP
import SocketTransport
import Support
import Testing
import Transport
import Vocabulary

/// What the HTTP server answers, refuses, and bears.
@Suite(.serialized) struct AdminServerTests {
  // MARK: Methods and paths

  @Test func getIsAnsweredWithArgumentsAndSafeHeaders() async throws {
    let answer = try await withServer(greeting) { try await HTTPAnswer.get($0.address, "/hello?name=a%20b&name=c") }
    let got = try #require(answer)
    #expect(got.status == 200)
    #expect(got.body == "hello a b\n")
    #expect(got.headers["content-type"] == "text/plain; charset=utf-8")
    #expect(got.headers["cache-control"] == "no-store")
    #expect(got.headers["x-content-type-options"] == "nosniff")
    #expect(got.headers["content-security-policy"]?.contains("default-src 'none'") == true)
    #expect(got.headers["access-control-allow-origin"] == nil)
  }

  @Test func headIsAnsweredWithTheLengthAndNoBody() async throws {
    let answer = try await withServer(greeting) { (server) async throws in
      try await HTTPAnswer.ask(server.address, ["HEAD /hello HTTP/1.1", "Host: \(server.address)"])
    }
    #expect(answer?.status == 200)
    #expect(answer?.headers["content-length"] == "13")
    #expect(answer?.body == "")
  }

  @Test func postBringsItsBody() async throws {
    let answer = try await withServer(greeting) { (server) async throws in
      try await HTTPAnswer.ask(
        server.address,
        [
          "POST /echo HTTP/1.1", "Host: localhost", "Content-Type: application/json; charset=utf-8",
          "Content-Length: 7", "Origin: http://localhost",
        ], body: "{\"a\":1}")
    }
    #expect(answer?.status == 200)
    #expect(answer?.body == "{\"a\":1}")
    #expect(answer?.headers["cache-control"] == "no-cache")
  }

  @Test func anUnknownPathIs404AndAnotherMethod405() async throws {
    try await withServer(greeting) { (server) async throws -> Void in
      #expect(try await HTTPAnswer.get(server.address, "/nothing")?.status == 404)
      #expect(try await HTTPAnswer.get(server.address, "/hello/")?.status == 404)
      for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
        let answer = try await HTTPAnswer.ask(
          server.address, ["\(method) /hello HTTP/1.1", "Host: \(server.address)", "Content-Length: 0"])
        #expect(answer?.status == 405)
        #expect(answer?.headers["allow"] == "GET, HEAD")
      }
      #expect(try await HTTPAnswer.get(server.address, "/echo")?.headers["allow"] == "POST")
    }
  }

  @Test func aPathThatIsAddedLaterIsAnsweredFromThenOn() async throws {
    try await withServer(greeting) { (server) async throws -> Void in
      #expect(try await HTTPAnswer.get(server.address, "/late")?.status == 404)
      server.add([.get("/late") { _ in .text("now\n") }, .get("/hello") { _ in .text("other\n") }])
      #expect(try await HTTPAnswer.get(server.address, "/late")?.body == "now\n")
      #expect(try await HTTPAnswer.get(server.address, "/hello")?.body == "other\n")
    }
  }

  // MARK: Who may ask

  @Test(arguments: [
    "example.org", "127.0.0.1.example.org", "localhost.example.org:7780", "10.0.0.1", "127.0.0.1:80:x", "",
  ])
  func aForeignHostIsRefusedOnLoopback(host: String) async throws {
    let answer = try await withServer(greeting) { (server) async throws in
      try await HTTPAnswer.ask(server.address, ["GET /hello HTTP/1.1", "Host: \(host)"])
    }
    #expect(answer?.status == 403)
  }

  @Test(arguments: ["127.0.0.1", "127.0.0.1:9", "localhost", "LOCALHOST:7780", "[::1]", "[::1]:7780", "127.9.9.9:1"])
  func aHostThatIsThisMachineIsTaken(host: String) async throws {
    let answer = try await withServer(greeting) { (server) async throws in
      try await HTTPAnswer.ask(server.address, ["GET /hello HTTP/1.1", "Host: \(host)"])
    }
    #expect(answer?.status == 200)
  }

  @Test func aPageOfAnotherSiteCannotPost() async throws {
    try await withServer(greeting) { (server) async throws -> Void in
      let head = ["POST /echo HTTP/1.1", "Host: localhost:7780", "Content-Length: 2"]
      let json = "Content-Type: application/json"
      let foreign = try await HTTPAnswer.ask(server.address, head + [json, "Origin: http://evil.example"], body: "{}")
      #expect(foreign?.status == 403)
      let hidden = try await HTTPAnswer.ask(server.address, head + [json, "Origin: null"], body: "{}")
      #expect(hidden?.status == 403)
      // What a form can send needs no permission of the browser.
      let form = try await HTTPAnswer.ask(server.address, head + ["Content-Type: text/plain"], body: "{}")
      #expect(form?.status == 415)
      #expect(try await HTTPAnswer.ask(server.address, head, body: "{}")?.status == 415)
    }
  }

  // MARK: Limits

  @Test func aBodyBeyondTheLimitIsRefusedBeforeItComes() async throws {
    try await withServer(greeting) { (server) async throws -> Void in
      let head = ["POST /echo HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
      #expect(try await HTTPAnswer.ask(server.address, head + ["Content-Length: 101"])?.status == 413)
      #expect(
        try await HTTPAnswer.ask(server.address, head + ["Content-Length: 99999999999"])?.status == 413)
      #expect(
        try await HTTPAnswer.ask(server.address, head + ["Transfer-Encoding: chunked"], body: "0\r\n\r\n")?.status
          == 411)
      let get = ["GET /hello HTTP/1.1", "Host: localhost", "Content-Length: 1"]
      #expect(try await HTTPAnswer.ask(server.address, get, body: "x")?.status == 413)
    }
  }

  @Test func aHeadBeyondTheLimitIsRefused() async throws {
    try await withServer(greeting) { (server) async throws -> Void in
      let long = String(repeating: "a", count: 40_000)
      let path = try await HTTPAnswer.get(server.address, "/\(long)")
      #expect([413, 414, 431].contains(try #require(path).status))
      let header = try await HTTPAnswer.ask(server.address, ["GET /hello HTTP/1.1", "Host: localhost", "X: \(long)"])
      #expect([413, 414, 431].contains(try #require(header).status))
      #expect(try await HTTPAnswer.get(server.address, "/hello")?.status == 200)
    }
  }

  @Test func requestsAreAnsweredAtTheSameTime() async throws {
    let inside = Lock(0)
    let answers = try await withServer([
      .get("/together") { _ in
        inside.withLock { $0 += 1 }
        // Each waits until all are here: one after another, they would never be.
        while inside.withLock({ $0 }) < 8 { await Task.yield() }
        return .text("all\n")
      }
    ]) { (server) async throws in
      try await withThrowingTaskGroup(of: Int?.self) { group in
        for _ in 0..<8 { group.addTask { try await HTTPAnswer.get(server.address, "/together")?.status } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    #expect(answers == [Int?](repeating: 200, count: 8))
  }

  @Test func connectionsBeyondTheLimitAreClosedUntilSilentOnesHaveLeft() async throws {
    var limits = AdminLimits()
    limits.connectionsMax = 4
    limits.silenceSecondsMax = 1
    try await withServer(greeting, limits: limits) { (server) async throws -> Void in
      // Clients that never finish their request take all places until their silence has lasted too long.
      let silent = (0..<4).map { _ in RawSocket(port: server.address) }
      defer { for socket in silent { socket.close() } }
      for socket in silent { socket.write(Array("GET /hel".utf8)) }
      var status: Int?
      for _ in 0..<200 where status == nil {
        status = try await HTTPAnswer.get(server.address, "/hello")?.status
        if status == nil { try await Task.sleep(for: .milliseconds(50)) }
      }
      #expect(status == 200)
      let (bytes, hasEnded) = try await silent[0].read(seconds: 10)
      #expect(hasEnded)
      #expect(HTTPAnswer(bytes)?.status != 200)
    }
  }

  @Test func anAnswerThatDoesNotComeIs504() async throws {
    var limits = AdminLimits()
    limits.answerMicrosecondsMax = 50_000
    let isOver = Lock(false)
    try await withServer(
      greeting + [
        .get("/never") { request in
          while !isOver.withLock({ $0 }) { await Task.yield() }
          return .text("late\n")
        }
      ], limits: limits
    ) { (server) async throws -> Void in
      #expect(try await HTTPAnswer.get(server.address, "/never")?.status == 504)
      #expect(try await HTTPAnswer.get(server.address, "/hello")?.status == 200)
      isOver.withLock { $0 = true }
    }
  }

  @Test func answersThatHangDoNotPileUp() async throws {
    var limits = AdminLimits()
    limits.connectionsMax = 4
    limits.answerMicrosecondsMax = 20_000
    let isOver = Lock(false)
    try await withServer(
      greeting + [
        .get("/never") { request in
          while !isOver.withLock({ $0 }) { await Task.yield() }
          return .text("late\n")
        }
      ], limits: limits
    ) { (server) async throws -> Void in
      for _ in 0..<4 { #expect(try await HTTPAnswer.get(server.address, "/never")?.status == 504) }
      for _ in 0..<4 { #expect(try await HTTPAnswer.get(server.address, "/never")?.status == 503) }
      isOver.withLock { $0 = true }
      var status: Int?
      for _ in 0..<200 where status != 200 {
        status = try await HTTPAnswer.get(server.address, "/hello")?.status
        if status != 200 { try await Task.sleep(for: .milliseconds(20)) }
      }
      #expect(status == 200)
    }
  }

  // MARK: Start and end

  @Test func aTakenPortIsAnError() async throws {
    try await withServer(greeting) { (server) async throws -> Void in
      #expect(throws: NetworkError.addressInUse(server.address)) { _ = try ListeningSocket(server.address) }
    }
    #expect(throws: NetworkError.self) { _ = try ListeningSocket("shop.example:80") }
  }

  @Test func aRequestThatIsOpenAtTheEndGetsItsAnswer() async throws {
    let (isIn, mayEnd) = (Lock(false), Lock(false))
    let slow = AdminRoute.get("/slow") { _ in
      isIn.withLock { $0 = true }
      while !mayEnd.withLock({ $0 }) { await Task.yield() }
      return .text("done\n")
    }
    try await withServer([slow]) { (server) async throws -> Void in
      async let answer = HTTPAnswer.get(server.address, "/slow")
      while !isIn.withLock({ $0 }) { await Task.yield() }
      server.close()
      // Nobody listens there any more.
      try ListeningSocket(server.address).close()
      mayEnd.withLock { $0 = true }
      let got = try await answer
      #expect(got?.body == "done\n")
    }
  }

  @Test func anOpenConnectionDoesNotHoldTheEndUp() async throws {
    let idle = try await withServer(greeting) { server in
      let idle = RawSocket(port: server.address)
      idle.write(Array("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
      _ = try await idle.read(seconds: 20) { !$0.isEmpty }
      return idle
    }
    #expect(try await idle.read(seconds: 20).hasEnded)
    idle.close()
  }

  @Test func ipv6LoopbackIsServed() async throws {
    try await withServer(greeting, listen: "[::1]:0") { server in #expect(server.address.hasPrefix("[::1]:")) }
  }
}
