import FoundationEssentials
import Testing
import Vocabulary
import Wire

/// The client of `proto-spec/python`, written from the text alone.
enum Python {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "proto-spec/python").path

  /// Runs the client's command line.
  static func client(_ address: String, _ arguments: [String]) async throws -> String {
    try await run(["\(folder)/winnow_client.py", "--timeout", "20", address] + arguments)
  }

  /// The `results` of RANK replies as the Python client receives them.
  static func results(_ address: String, _ requests: [RankRequest], lz4: Bool = true) async throws -> [[UInt8]] {
    let program = """
      import json, sys
      sys.path.insert(0, sys.argv[1])
      import winnow_client, winnow_wire
      class Keeping(winnow_client.Client):
          def _decode(self, message):
              super()._decode(message)
              if message.opcode == 0x20: self.kept = bytes(message.body)
      with Keeping(sys.argv[2], timeout=20.0, lz4=\(lz4 ? "True" : "False")) as client:
          for fields in json.loads(sys.argv[3]):
              client.wait(client.send("RANK", fields))
              count = int.from_bytes(client.kept[:4], "little")
              print(client.kept[8:8 + count].hex())
      """
    let asked = "[" + requests.map(fields).joined(separator: ",") + "]"
    return try await run(["-c", program, folder, address, asked]).split(separator: "\n").map { line in
      let digits = Array(line.utf8)
      return try stride(from: 0, to: digits.count, by: 2).map { index in
        try #require(UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16))
      }
    }
  }

  /// Runs the reader of audit logs.
  static func audit(_ arguments: [String]) async throws -> (code: Int32, text: String) {
    let python = try ProgramProcess(
      "python3", ["\(folder)/winnow_audit.py"] + arguments, path: "/usr/bin/python3",
      environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    return (try await python.exitCode(within: 60), python.output + python.errors)
  }

  private static func run(_ arguments: [String]) async throws -> String {
    let python = try ProgramProcess(
      "python3", arguments, path: "/usr/bin/python3", environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    let code = try await python.exitCode(within: 60)
    try #require(code == 0, "\(python.output)\(python.errors)")
    return python.output
  }

  /// A request as the Python client's fields.
  private static func fields(_ request: RankRequest) -> String {
    func text(_ string: String) -> String {
      "\"" + string.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    func list(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }
    func floats(_ values: [Float]) -> String { list(values.map { "\(Double($0))" }) }
    let context = request.context.map { name, value in
      switch value {
      case .number(let number): "{\"name\":\(text(name)),\"kind\":1,\"number\":\(Double(number))}"
      case .keyword(let word): "{\"name\":\(text(name)),\"kind\":2,\"text\":\(text(word))}"
      }
    }
    var wanted = 0
    var names: [String] = []
    switch request.attributes {
    case .none: break
    case .all: wanted = 1
    case .named(let named): (wanted, names) = (2, named)
    }
    let pairs = [
      ("k", "\(request.k)"), ("depth", "\(request.depth)"), ("collection", text(request.collection)),
      ("query_vector", floats(request.vector)), ("user_vector", floats(request.userVector)),
      ("user", "\(request.user?.rawValue ?? 0)"), ("who", request.user == nil ? "0" : "1"),
      ("filter", text(request.filter)), ("session", list(request.sessionItems.map { "\($0)" })),
      ("exclude", list(request.exclude.map { "\($0)" })), ("context", list(context)),
      ("attributes_wanted", "\(wanted)"), ("attributes", list(names.map(text))),
      ("most_per_group", "\(request.groupCap?.most ?? 0)"),
      ("group_attribute", text(request.groupCap?.attribute ?? "")),
    ]
    return "{" + pairs.map { "\(text($0)):\($1)" }.joined(separator: ",") + "}"
  }
}
