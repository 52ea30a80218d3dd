import Bytes
import Ranking
import Testing
import Vocabulary

struct SafetensorsTests {
  /// A file of a given header text, so many data bytes, and optionally a lie about the header's length.
  private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(length ?? UInt64(header.utf8.count))
    writer.write(bytes: header.utf8)
    writer.write(bytes: [UInt8](repeating: 0, count: data))
    return writer.bytes
  }

  private func error(_ bytes: [UInt8]) -> ModelError? {
    do throws(ModelError) {
      _ = try SafetensorsFile(bytes, as: .weights)
      return nil
    } catch {
      return error
    }
  }

  @Test func whatIsWrittenReadsBack() throws {
    var writer = SafetensorsWriter()
    writer.add("b", [1, -0.0, 3.5, 4, 5, 6], shape: [2, 3])
    writer.add("a", [UInt64.max, 1])
    writer.add("empty", [], shape: [0, 4])
    let bytes = writer.file()
    #expect((8 + Int(bytes[0]) + Int(bytes[1]) << 8) % 8 == 0)
    let file = try SafetensorsFile(bytes, as: .weights)
    #expect(file.names == ["a", "b", "empty"])
    #expect(try file.floats("b", shape: [2, 3]) == [1, 0, 3.5, 4, 5, 6])
    #expect(try file.ids("a") == [UInt64.max, 1])
    #expect(try file.floats("empty", shape: [0, 4]).isEmpty)
    #expect(file["b"]?.shape == [2, 3])
  }

  @Test func metadataIsIgnored() throws {
    let text = #"{"__metadata__":{"made":"by hand"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  "#
    #expect(try SafetensorsFile(file(text, data: 4), as: .weights).names == ["a"])
  }

  @Test(arguments: [#"{"a":1}"#, #"{"a":null}"#, #"{"a":["x"]}"#, #"{"a":{}}"#, #""x""#, "[]", "null", "1"])
  func metadataThatIsNoObjectOfTextsIsRefused(metadata: String) {
    let text = #"{"__metadata__":\#(metadata),"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let error = error(file(text, data: 4))
    #expect(error?.kind == .wrongType && error?.field.hasPrefix("__metadata__") == true)
  }

  @Test(arguments: [
    ("[2.0,2]", "[0,16]", "a.shape[0]"), ("[2,2e0]", "[0,16]", "a.shape[1]"),
    ("[2,2]", "[0,16.0]", "a.data_offsets[1]"),
    ("[4]", "[0.0,16]", "a.data_offsets[0]"), ("[4]", "[0,1.6e1]", "a.data_offsets[1]"),
  ]) func sizesAreWrittenAsWholeNumbers(shape: String, offsets: String, field: String) {
    let text = #"{"a":{"dtype":"F32","shape":\#(shape),"data_offsets":\#(offsets)}}"#
    let error = error(file(text, data: 16))
    #expect(error?.kind == .wrongType && error?.field == field, "\(String(describing: error))")
  }

  @Test func itemsHaveNoNegativeIDs() throws {
    let schema = try #require(CollectionSchema(embeddingDimension: 1, rerankDimension: 0, attributes: []))
    func items(_ type: String, _ ids: [UInt64]) throws(ModelError) -> [UInt64] {
      let text =
        #"{"id":{"dtype":"\#(type)","shape":[2],"data_offsets":[0,16]},"#
        + #""embedding":{"dtype":"F32","shape":[2,1],"data_offsets":[16,24]}}"#
      var writer = ByteWriter()
      writer.write(bytes: file(text))
      for id in ids { writer.write(id) }
      writer.write(floats: [1, 2])
      return try ItemVectors(writer.bytes, for: schema).ids.map(\.rawValue)
    }
    #expect(try items("I64", [7, UInt64(Int64.max)]) == [7, UInt64(Int64.max)])
    #expect(try items("U64", [7, .max]) == [7, .max])
    do throws(ModelError) {
      _ = try items("I64", [7, .max])
      Issue.record("accepted")
    } catch { #expect(error.field == "id" && error.detail.contains("row 1 has -1"), "\(error.detail)") }
  }

  @Test func narrowTypesWidenExactly() throws {
    let header =
      #"{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},"#
      + #""q":{"dtype":"I8","shape":[2,2],"data_offsets":[20,24]},"#
      + #""q.scale":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}}"#
    var writer = ByteWriter()
    writer.write(bytes: file(header))
    for half in [0x3C00, 0x8001, 0x7BFF, 0xC100] as [UInt16] { writer.write(half) }
    for bfloat in [0x3FC0, 0xC2C8] as [UInt16] { writer.write(bfloat) }
    writer.write(floats: [0.5, 2])
    for byte in [-128, 127, 3, -1] as [Int8] { writer.write(byte) }
    let file = try SafetensorsFile(writer.bytes, as: .weights)
    #expect(try file.floats("h", shape: [4]) == [1, -0x1p-24, 65504, -2.5])
    #expect(try file.floats("b", shape: [2]) == [1.5, -100])
    #expect(try file.floats("q", shape: [2, 2]) == [-64, 63.5, 6, -2])
  }

  @Test func headerLengthsThatLieAreRefused() {
    #expect(error([])?.kind == .malformed)
    #expect(error([1, 2, 3])?.kind == .malformed)
    #expect(error(file("{}", length: .max))?.kind == .outOfRange)
    #expect(error(file("{}", length: 3))?.kind == .outOfRange)
    #expect(error(file("{}", data: 2 << 20, length: 1 << 20 + 1))?.kind == .outOfRange)
    #expect(error(file("", length: 0))?.kind == .malformed)
    #expect(error(file("[]"))?.kind == .malformed)
    #expect(error(file("{"))?.kind == .malformed)
    #expect(error(file(String(repeating: "[", count: 100_000)))?.kind == .malformed)
    #expect(error(file(#"{"a":"# + String(repeating: "[", count: 100_000)))?.kind == .malformed)
    #expect(error(file("{}"))?.kind == nil)
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#,
      6,
      ModelError.Kind.overlap
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      4,
      .overlap
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[5,9]}}"#,
      9,
      .malformed
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, .malformed),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, .outOfRange),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, 4, .outOfRange),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, .outOfRange),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, .outOfRange),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}"#, 4, .outOfRange),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, .wrongShape),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, .wrongShape),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}"#, 4, .wrongShape),
    (#"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#, 4, .wrongShape),
    (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4, .wrongShape),
    (#"{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#, 8, .unknown),
    (#"{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}"#, 4, .wrongType),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, .wrongType),
    (#"{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,4]}}"#, 4, .wrongType),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4, .unknown),
    (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, .missing),
    (#"{"a":null}"#, 0, .wrongType),
    // One tensor twice, also by an escape, and a field twice.
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      8, .duplicate
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}"#,
      4, .duplicate
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#, 4, .duplicate),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, .duplicate),
    (
      "{\"\u{e9}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        + "\"e\u{301}\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, .duplicate
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#, 4, .malformed),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4, .malformed),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {}"#, 4, .malformed),
  ])
  func lyingEntriesAreRefused(header: String, data: Int, kind: ModelError.Kind) {
    #expect(error(file(header, data: data))?.kind == kind)
  }

  @Test func wrongRequestsNameTheTensor() throws {
    var writer = SafetensorsWriter()
    writer.add("w", [1, .nan, 3, .infinity], shape: [2, 2])
    writer.add("ids", [1, 2])
    writer.add("big", [1e18, 1e18], shape: [1, 2])
    let file = try SafetensorsFile(writer.file(), as: .users)
    func check(_ field: String, _ kind: ModelError.Kind, _ body: () throws(ModelError) -> Void) {
      do throws(ModelError) {
        try body()
        Issue.record("accepted")
      } catch {
        #expect(error.file == .users && error.field == field && error.kind == kind)
      }
    }
    check("none", .missing) { () throws(ModelError) in _ = try file.floats("none", shape: [1]) }
    check("w", .wrongShape) { () throws(ModelError) in _ = try file.floats("w", shape: [4]) }
    check("w", .notFinite) { () throws(ModelError) in _ = try file.floats("w", shape: [2, 2]) }
    check("ids", .wrongType) { () throws(ModelError) in _ = try file.floats("ids", shape: [2]) }
    check("w", .wrongShape) { () throws(ModelError) in _ = try file.ids("w") }
    check("big", .outOfRange) { () throws(ModelError) in _ = try file.vectors("big", rows: 1, columns: 2) }
  }

  @Test func everyTruncationAndEveryFlippedHeaderBitIsRefusedOrReadsTheSameNames() throws {
    var writer = SafetensorsWriter()
    writer.add("layers.0.weight", [1, 2, 3, 4], shape: [2, 2])
    writer.add("layers.0.bias", [1, 2], shape: [2])
    let bytes = writer.file()
    for count in 0..<bytes.count { #expect(error(Array(bytes[..<count])) != nil) }
    let headerEnd = bytes.count - 24
    for bit in 0..<headerEnd * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      // A flip inside a name is another valid name; anything else must not trap.
      if let file = try? SafetensorsFile(damaged, as: .weights) { #expect(file.names.count <= 2) }
    }
  }
}
