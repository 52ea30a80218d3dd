import Foundation
import Testing

/// Runs `winnow` and reads what it answers as JSON; nothing if it has to end with another code than 0.
func askWinnow(_ arguments: [String], code: Int32 = 0) async throws -> [String: Any] {
  let process = try ProgramProcess("winnow", ["--format", "json", "--timeout", "30s"] + arguments)
  let exit = try await process.exitCode(within: 300)
  #expect(exit == code, "\(arguments): \(process.output)\(process.errors)")
  guard code == 0 else { return [:] }
  return try JSONSerialization.jsonObject(with: Data(process.output.utf8)) as? [String: Any] ?? [:]
}
