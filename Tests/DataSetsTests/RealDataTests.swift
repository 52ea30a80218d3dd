import Foundation
import Names
import Testing
import Vocabulary

@testable import DataSets

/// Reads the public data sets that lie beside the repository, where they do.
struct RealDataTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../../../shared/data"
  )
  .standardizedFileURL.path

  private static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(root)/\(name)/ORIGIN.txt")
  }

  private static func exists(_ directory: String) -> (String) -> Bool {
    { FileManager.default.fileExists(atPath: "\(root)/\(directory)/\($0)") }
  }

  @Test(.enabled(if: has("ml-100k"))) func movieLens100KIsWhole() throws {
    let source = try DataSource.movieLens("\(Self.root)/ml-100k", exists: Self.exists("ml-100k"))
    let cleaning = Cleaning(source.log, CleaningRules())
    #expect(source.log.faults.total == 0)
    #expect(cleaning.kept.count == source.log.rowsRead)
    #expect(cleaning.botCount == 0)
    let data = try DataSet(source.log, cleaning, items: source.items, users: source.users)
    #expect(data.users.count == 943)
    #expect(data.items.count == 1682)
    #expect(data.catalogue.definitions.map(\.name) == ["title", "genres"])
    #expect(Validation(data, report: nil, test: []).passed)
  }

  @Test(.enabled(if: has("amazon-beauty"))) func beautySequencesAreWhole() throws {
    let log = try DataSource.sequences(InputFile("\(Self.root)/amazon-beauty/sequences.txt"))
    #expect(log.count == 198_502)
    #expect(log.userNames.count == 22_363)
    #expect(log.itemNames.count == 12_101)
    let data = try DataSet(log, Cleaning(log, CleaningRules()))
    let split = Split(data.interactions, .lastOut)
    #expect(split.test.allSatisfy { $0.count == 1 })
    #expect(split.training.count == 198_502 - 2 * 22_363)
  }

  @Test(.enabled(if: has("ml-1m-ncf"))) func testOfTheNCFPaperIsWhole() throws {
    let tests = try TestCase.readNCF(
      ratings: InputFile("\(Self.root)/ml-1m-ncf/ml-1m.test.rating"),
      negatives: InputFile("\(Self.root)/ml-1m-ncf/ml-1m.test.negative.gz")
    ) {
      Int($0)
    } item: {
      Int($0)
    }
    #expect(tests.count == 6040)
    #expect(tests.map(\.user) == Array(0..<6040))
    #expect(tests.reduce(0) { $0 + ($1.others?.count ?? 0) } == 6040 * 99 - 156)
  }
}
