import Bytes
import JSON

/// A safetensors file in memory: named, shaped arrays behind a JSON header, every claim of which is checked first.
///
/// The format: u64 header length, that many bytes of JSON, then the tensors' bytes, little-endian and row-major.
package struct SafetensorsFile: Sendable {
  /// The element types that Winnow reads.
  package enum ElementType: String, Sendable, CaseIterable {
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int8 = "I8"
    case int32 = "I32"
    case int64 = "I64"
    case uint64 = "U64"

    var byteCount: Int {
      switch self {
      case .int8: 1
      case .float16, .bfloat16: 2
      case .float32, .int32: 4
      case .int64, .uint64: 8
      }
    }
  }

  /// Where one tensor lies and what it is.
  package struct Tensor: Sendable {
    package let elementType: ElementType
    package let shape: [Int]
    /// Number of elements: the product of the shape.
    package let count: Int
    /// Offsets of its bytes from the start of the file.
    let bytes: Range<Int>
  }

  static let headerBytesMax = 1 << 20
  static let tensorsMax = 4096
  static let rankMax = 8

  let file: ModelFile
  let bytes: [UInt8]
  private let tensors: [String: Tensor]

  /// Reads the header and checks it whole: known element types, shapes whose product fits, offsets that lie inside
  /// the file, do not overlap and leave no gap.
  ///
  /// - Parameter file: The name that errors print.
  package init(_ bytes: [UInt8], as file: ModelFile) throws(ModelError) {
    if let foreign = ForeignFormat(head: bytes), foreign != .safetensors {
      throw ModelError(file, "", .malformed, "\(foreign.name): \(foreign.advice(for: .vectors))")
    }
    var reader = ByteReader(bytes)
    guard let declared = try? reader.read(UInt64.self) else {
      throw ModelError(file, "", .malformed, "shorter than the 8 bytes of a header length")
    }
    guard let length = Int(exactly: declared), length <= Self.headerBytesMax, length <= reader.remaining else {
      throw ModelError(
        file, "", .outOfRange,
        "header length \(declared) exceeds \(Self.headerBytesMax) or the \(reader.remaining) left")
    }
    guard let header = try? reader.readBytes(length), header.first == UInt8(ascii: "{") else {
      throw ModelError(file, "", .malformed, "the header does not start with {")
    }
    guard case .object(let fields) = try StrictJSON.read(Array(header), of: file) else {
      throw ModelError(file, "", .malformed, "the header is no object")
    }
    if let metadata = fields.first(where: { $0.0 == "__metadata__" })?.1 { try Self.check(metadata: metadata, file) }
    let entries = fields.filter { $0.0 != "__metadata__" }
    guard entries.count <= Self.tensorsMax else {
      throw ModelError(file, "", .outOfRange, "\(entries.count) tensors, at most \(Self.tensorsMax)")
    }
    self.file = file
    self.bytes = bytes
    tensors = try Self.locate(entries, dataStart: reader.offset, dataBytes: reader.remaining, file)
  }

  /// The names of all tensors, in alphabetical order.
  package var names: [String] { tensors.keys.sorted() }

  /// The tensor of a name, or `nil` if the file has none.
  package subscript(name: String) -> Tensor? { tensors[name] }

  /// Metadata is an object of texts, which nothing here reads.
  private static func check(metadata: JSON, _ file: ModelFile) throws(ModelError) {
    guard case .object(let fields) = metadata else {
      throw ModelError(file, "__metadata__", .wrongType, "an object of texts is needed here")
    }
    for (name, value) in fields {
      guard case .text = value else {
        throw ModelError(file, "__metadata__.\(name)", .wrongType, "a text is needed here")
      }
    }
  }

  /// Sizes and offsets are whole numbers, written as such: 2.0 is none.
  private static func check(wholeNumbers json: JSON, _ name: String, _ file: ModelFile) throws(ModelError) {
    for key in ["shape", "data_offsets"] {
      guard case .list(let values) = json[key] else { continue }
      for (index, value) in values.enumerated() {
        guard case .number = value else { continue }
        throw ModelError(
          file, "\(name).\(key)[\(index)]", .wrongType, "a whole number without fraction or exponent is needed here")
      }
    }
  }

  private static func locate(
    _ entries: [(String, JSON)], dataStart: Int, dataBytes: Int, _ file: ModelFile
  ) throws(ModelError) -> [String: Tensor] {
    var located: [String: Tensor] = [:]
    for (name, json) in entries {
      try check(wholeNumbers: json, name, file)
      let entry: SafetensorsEntry
      do throws(ModelError) { entry = try StrictJSON.decode(SafetensorsEntry.self, from: json, of: file) } catch {
        throw ModelError(file, error.field.isEmpty ? name : "\(name).\(error.field)", error.kind, error.detail)
      }
      guard let elementType = ElementType(rawValue: entry.dtype) else {
        throw ModelError(
          file, name, .unknown, "element type; known: \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      guard entry.shape.count <= rankMax, let count = product(entry.shape),
        case let (byteCount, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount), !overflow
      else { throw ModelError(file, name, .wrongShape, "more dimensions or elements than a file can hold") }
      guard entry.offsets.count == 2, entry.offsets[0] >= 0, entry.offsets[0] <= entry.offsets[1],
        entry.offsets[1] <= dataBytes
      else { throw ModelError(file, name, .outOfRange, "data_offsets lie outside the \(dataBytes) bytes of data") }
      guard entry.offsets[1] - entry.offsets[0] == byteCount else {
        throw ModelError(file, name, .wrongShape, "the shape needs \(byteCount) bytes, data_offsets span others")
      }
      // The reader compares bytes, a dictionary what they look like.
      guard located[name] == nil else {
        throw ModelError(file, name, .duplicate, "two tensors have names that only differ in the form of a letter")
      }
      located[name] = Tensor(
        elementType: elementType, shape: entry.shape, count: count,
        bytes: dataStart + entry.offsets[0]..<dataStart + entry.offsets[1])
    }
    var end = dataStart
    for (name, tensor) in located.sorted(by: {
      ($0.value.bytes.lowerBound, $0.value.bytes.upperBound, $0.key)
        < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound, $1.key)
    }) {
      guard tensor.bytes.lowerBound >= end else {
        throw ModelError(file, name, .overlap, "its bytes also belong to another tensor")
      }
      guard tensor.bytes.lowerBound == end else {
        throw ModelError(file, name, .malformed, "bytes before it belong to no tensor")
      }
      end = tensor.bytes.upperBound
    }
    guard end == dataStart + dataBytes else {
      throw ModelError(file, "", .malformed, "bytes behind the last tensor belong to no tensor")
    }
    return located
  }

  private static func product(_ shape: [Int]) -> Int? {
    var total = 1
    for size in shape {
      let (next, overflow) = total.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      total = next
    }
    return total
  }
}

/// The entry of one tensor in the JSON header.
private struct SafetensorsEntry: Decodable {
  let dtype: String
  let shape: [Int]
  let offsets: [Int]

  enum CodingKeys: String, CodingKey, CaseIterable {
    case dtype, shape
    case offsets = "data_offsets"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    dtype = try container.decode(String.self, forKey: .dtype)
    shape = try container.decode([Int].self, forKey: .shape)
    offsets = try container.decode([Int].self, forKey: .offsets)
  }
}
