import Arguments
import Foundation
import Names
import Support
import Testing
import Vocabulary

@testable import winnow

/// The files of a model directory belong together, or nothing is sent.
@Suite struct ModelPushFilesTests {
  private let directory = TemporaryDirectory()
  private var model: String { "\(directory.path)/m" }

  init() throws { try GoldenFolder("training-1").copy(to: model) }

  private func failure() -> Failure? {
    do throws(Failure) {
      _ = try ModelPushFiles(model)
      if let items = try GenerationItems(model), let schema = items.schema {
        try items.check(schema: schema, clock: ManualClock())
      }
      return nil
    } catch { return error }
  }

  private func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(model)/\(name)") }

  private func write(_ name: String, _ bytes: Data) throws { try bytes.write(to: URL(filePath: "\(model)/\(name)")) }

  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(model)/\(name)")) }

  private func expect(_ words: String...) throws {
    let found = try #require(failure())
    #expect(found.code == .failed && !found.advice.isEmpty, "\(found.message)")
    for word in words { #expect(found.message.contains(word), "\(found.message)") }
  }

  @Test func whatTrainingWroteBelongsTogether() throws {
    #expect(failure() == nil)
    for name in ["users.dict", "items.dict", "training.json"] { try remove(name) }
    #expect(failure() == nil, "a directory without dictionaries has numbers")
  }

  @Test(arguments: ["manifest.json", "weights.safetensors", "users.safetensors", "items.jsonl", "items.safetensors"])
  func anEmptyFileIsNoFile(name: String) throws {
    try write(name, Data())
    try expect("\(model)/\(name)")
  }

  @Test func usersWithoutVectorsAreRefused() throws {
    try remove("users.safetensors")
    try expect("users.dict names", "there is no users.safetensors")
    try remove("users.dict")
    #expect(failure() == nil, "a model may know no users")
  }

  @Test func vectorsWithoutItemsAreRefused() throws {
    try remove("items.jsonl")
    try expect("items.safetensors and no items.jsonl")
    try remove("items.safetensors")
    #expect(failure() == nil, "a model may come alone")
  }

  @Test func itemsWithoutVectorsAreRefused() throws {
    try remove("items.safetensors")
    try expect("lines are no items")
    #expect(try #require(failure()).advice.contains("items.safetensors"))
  }

  @Test(arguments: [("users", "items"), ("items", "users")])
  func theDictionaryOfTheOtherSideIsRefused(other: String, own: String) throws {
    try write("\(own).dict", try bytes("\(other).dict"))
    try expect("\(own).dict names")
  }

  @Test(arguments: ["users", "items"])
  func aDictionaryThatNamesNoneIsRefused(own: String) throws {
    try remove("training.json")
    var dictionary = IDDictionary(own)
    _ = try dictionary.add("5")
    try write("\(own).dict", Data(dictionary.bytes))
    try expect("\(own).dict names 1 \(own)", "none")
  }

  @Test(arguments: ["weights.safetensors", "users.safetensors"])
  func aDamagedFileIsNamed(name: String) throws {
    try write(name, try bytes(name).dropLast(4))
    try expect("\(model)/\(name): ")
    #expect(try #require(failure()).advice.contains("train"))
  }

  @Test func aFileIsNoModelDirectory() throws {
    for (path, words) in [("\(model)/manifest.json", "is a file"), ("\(directory.path)/none", "there is no")] {
      do throws(Failure) {
        _ = try ModelPushFiles(path)
        Issue.record("accepted")
      } catch { #expect(error.message.contains(words) && error.advice.contains("directory"), "\(error.message)") }
    }
    do throws(Failure) {
      _ = try OwnIDs("\(model)/users.dict", pseudonymKeyFile: nil)
      Issue.record("accepted")
    } catch {
      #expect(error.message.hasPrefix("\(model)/users.dict is a file") && error.advice.contains("directory"))
    }
  }

  @Test func itemsWithoutAnyNameAreStrange() {
    let names = IDNames(items: [1: "lamp"])
    #expect(!names.isStrange(to: [ItemID(1), ItemID(2)]) && names.isStrange(to: [ItemID(2), ItemID(3)]))
    #expect(!names.isStrange(to: []) && !IDNames().isStrange(to: [ItemID(2)]))
  }
}
