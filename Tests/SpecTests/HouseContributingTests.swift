import Foundation
import Testing

/// The lists of `Sources/Contributing.md` are those that its examples went through.
@Suite struct HouseContributingTests {
  /// What the page says of one kind of addition.
  struct Section {
    let title: String
    /// By what the example is known; the first is a word of Swift.
    let words: [String]
    let files: [String]
  }

  private static func sections() throws -> [Section] {
    let parts = try House.text("Sources/Contributing.md").components(separatedBy: "\n## ").dropFirst()
    return parts.map { part in
      let lines = part.components(separatedBy: "\n")
      let example = lines.first { $0.hasPrefix("Example: ") } ?? ""
      return Section(
        title: lines[0], words: example.matches(of: #/`([^`]+)`/#).map { String($0.1) },
        files: lines.compactMap { $0.firstMatch(of: #/^\| `([^`]+)` \|/#).map { String($0.1) } })
    }
  }

  /// Whether a text has a word that is not a part of a longer one.
  private static func has(_ word: String, in text: String) throws -> Bool {
    guard text.contains(word) else { return false }
    let pattern = #"(?<!\w)\#(NSRegularExpression.escapedPattern(for: word))(?!\w)"#
    let range = NSRange(location: 0, length: (text as NSString).length)
    return try NSRegularExpression(pattern: pattern).firstMatch(in: text, range: range) != nil
  }

  @Test func everyKindHasAnExampleAndAList() throws {
    let sections = try Self.sections()
    #expect(
      sections.map(\.title) == ["An opcode", "A field of a message", "A kind of feature", "A metric", "A verb"])
    for section in sections {
      #expect(!section.words.isEmpty && section.files.count > 1, "\(section.title)")
      #expect(Set(section.files).count == section.files.count, "\(section.title) has a file twice")
    }
  }

  @Test func everyFileIsThereAndSpeaksOfTheExample() throws {
    for section in try Self.sections() {
      for file in section.files {
        let text = try? House.text(file)
        let speaks = try text.map { text in try section.words.contains { try Self.has($0, in: text) } }
        #expect(speaks != nil, "\(section.title): \(file) is not there")
        #expect(speaks != false, "\(section.title): \(file) does not speak of \(section.words)")
      }
    }
  }

  @Test func noFileOfSourcesIsLeftOut() throws {
    let sources = try House.sources("Sources")
    for section in try Self.sections() {
      let word = try #require(section.words.first)
      let speaking = try sources.filter { try Self.has(word, in: $0.text) }.map(\.path)
      #expect(!speaking.isEmpty, "\(section.title): \(word)")
      #expect(Set(speaking).subtracting(section.files).isEmpty, "\(section.title)")
    }
  }

  /// Other paths that a sentence names.
  @Test func everyPathInASentenceIsThere() throws {
    let page = try House.text("Sources/Contributing.md")
    let named = page.matches(of: #/`((?:Sources|Tests|cluster|proto-spec)\/[^`\s]+)`/#).map { String($0.1) }
    #expect(named.count > 50)
    for path in named {
      #expect(FileManager.default.fileExists(atPath: House.root.appending(path: path).path), "\(path)")
    }
  }
}
