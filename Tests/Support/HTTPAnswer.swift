import Foundation

/// An answer as it came over a socket of a client that knows nothing of the server's code.
package struct HTTPAnswer {
  package let status: Int
  /// By lower-case name.
  package let headers: [String: String]
  package let body: String

  /// Takes the bytes of one answer apart; `nil` if they are none.
  package init?(_ bytes: [UInt8]) {
    guard let text = String(bytes: bytes, encoding: .utf8), let end = text.range(of: "\r\n\r\n") else { return nil }
    let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
    guard let word = lines[0].split(separator: " ").dropFirst().first, let status = Int(word) else { return nil }
    self.status = status
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    self.headers = headers
    body = String(text[end.upperBound...])
  }

  /// Sends the lines of a head, and a body, over a connection of its own, and takes what comes until its end.
  package static func ask(_ address: String, _ lines: [String], body: String = "") async throws -> HTTPAnswer? {
    let socket = RawSocket(port: address)
    defer { socket.close() }
    socket.write(Array(((lines + ["Connection: close", "", body]).joined(separator: "\r\n")).utf8))
    return HTTPAnswer(try await socket.read(seconds: 20).bytes)
  }

  /// GET as the tools of people ask.
  package static func get(_ address: String, _ path: String) async throws -> HTTPAnswer? {
    try await ask(address, ["GET \(path) HTTP/1.1", "Host: \(address)"])
  }
}
