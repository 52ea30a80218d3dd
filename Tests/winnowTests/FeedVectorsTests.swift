import FoundationEssentials
import JSON
import Ranking
import Support
import Testing
import Vocabulary

@testable import winnow

/// Vectors that come in a file of their own, and the file of an interrupted feed.
struct FeedVectorsTests {
  private static let schema = CollectionSchema(embeddingDimension: 2, rerankDimension: 1, attributes: [])
  private let directory = TemporaryDirectory()

  private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(directory.path)/\(name)"
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  @Test func numpyOfFloat16IsRead() throws {
    let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }\n"
    let halves: [UInt8] = [0, 0x3C, 0, 0xC0, 1, 0, 0xFF, 0x7B]
    let file = try NumpyFile(NumpyFile.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + halves)
    #expect(file.row(0) == [1, -2] && file.row(1) == [0x1p-24, 65_504])
  }

  @Test(arguments: [
    ("'>f4'", "they are big-endian; save ARRAY.astype('<f4')"), ("'|i1'", "they are whole numbers or truths"),
    ("'<i8'", "they are whole numbers or truths"), ("'|V2'", "bfloat16 of ml_dtypes"), ("'|O'", "numpy.stack(ARRAY)"),
    ("'<U5'", "texts"), ("'<c8'", "save ARRAY.astype('<f4')"), ("[('a', '<f4'), ('b', '<f4')]", "it has named fields"),
  ]) func numpyOfAnotherTypeSaysHowToSaveIt(type: String, advice: String) {
    let header = "{'descr': \(type), 'fortran_order': False, 'shape': (2, 2), }\n"
    let bytes =
      NumpyFile.magic + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + [UInt8](repeating: 0, count: 16)
    do throws(NumpyFile.Mistake) {
      _ = try NumpyFile(bytes)
      Issue.record("accepted")
    } catch { #expect(error.message.contains(type) && error.message.contains(advice), "\(error.message)") }
  }

  @Test(
    arguments: [
      (
        [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 22) + [9, 0, 0, 0] + Array("arr_0.npyrest".utf8), "numpy.save"
      ),
      (Array("PAR1".utf8) + [0x15, 0], "a Parquet file"), ([0x80, 4, 0x95, 0], "a Python pickle"),
      (Array("id,embedding\n".utf8), "vectors.bin"), ([], "vectors.bin"),
    ] as [([UInt8], String)]) func vectorsOfAnotherFormatAreNamed(bytes: [UInt8], word: String) throws
  {
    let schema = try #require(Self.schema)
    let path = try file("vectors.bin", bytes)
    do throws(Failure) {
      _ = try FeedVectors(path, reranks: nil, schema: schema)
      Issue.record("accepted")
    } catch {
      #expect(error.message.contains(path) && error.message.contains(word), "\(error.message)")
      #expect(!error.message.contains("items.safetensors"))
    }
    // A second file does not hide what is wrong with the first.
    do throws(Failure) {
      _ = try FeedVectors(path, reranks: "r.npy", schema: schema)
      Issue.record("accepted")
    } catch { #expect(error.message.contains(path), "\(error.message)") }
  }

  @Test func vectorsThatNoRowHasAreCounted() throws {
    let schema = try #require(Self.schema)
    var writer = SafetensorsWriter()
    writer.add("id", [3, 1, 2])
    writer.add("embedding", [1, 2, 3, 4, 5, 6], shape: [3, 2])
    writer.add("rerank", [7, 8, 9], shape: [3, 1])
    let path = try file("v.safetensors", writer.file())
    let vectors = try FeedVectors(path, reranks: nil, schema: schema)
    let reader = ItemReader(schema: schema, vectors: vectors)
    _ = try reader.change([("id", .int(1))], row: 0)
    _ = try reader.change([("id", .int(1))], row: 1)
    #expect(throws: ItemReader.Mistake.self) { try reader.change([("id", .int(9))], row: 2) }
    #expect(vectors.unmetCount == 2)
    #expect(vectors.ids == [ItemID(3), ItemID(1), ItemID(2)])
    var twice = SafetensorsWriter()
    twice.add("id", [1, 1])
    twice.add("embedding", [1, 2, 3, 4], shape: [2, 2])
    twice.add("rerank", [7, 8], shape: [2, 1])
    #expect(throws: ModelError.self) { try FeedVectors(safetensors: twice.file(), schema: schema) }
  }

  @Test(arguments: [
    ("{", "line 1: it does not end"), ("{}\n", "line 1: it has no flags and writers"),
    ("{\"flags\": {}, \"flags\": {}, \"writers\": []}\n", "line 1: column 15: a key stands twice"),
    ("{\"flags\": {}, \"writers\": [\"x\"]}\n", "line 1: a writer is no number"),
    ("{\"flags\": {}, \"writers\": [1], \"feed\": -1}\n", "line 1: feed is no number"),
    ("{\"flags\": {}, \"writers\": [1]}\n{\"stream\": 1, \"op\": 1, \"check\": 1}\n", "line 2: it has no stream"),
    ("{\"flags\": {}, \"writers\": [1]}\n{\"stream\": 0, \"op\": 1, \"check\": 4294967296}\n", "line 2: it has no"),
  ]) func aDamagedResumeFileSaysWhere(text: String, message: String) throws {
    let path = try file("resume", Array(text.utf8))
    do throws(Failure) {
      _ = try ResumeFile.read(path)
      Issue.record("accepted")
    } catch { #expect(error.message.hasPrefix("\(path): \(message)"), "\(error.message)") }
  }
}
