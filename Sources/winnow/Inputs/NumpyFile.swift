import Bytes

/// Rows of numbers in a `.npy` file of NumPy: a header that describes one array, then its bytes.
struct NumpyFile: Sendable {
  /// Why a file cannot be used.
  struct Mistake: Error, Equatable {
    let message: String
  }

  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  private static let headerBytesMax = 1 << 16

  /// How many rows and columns.
  let rows: Int
  let columns: Int
  private let bytes: [UInt8]
  private let dataStart: Int
  private let width: Int

  private static let widths = ["'<f2'": 2, "'<f4'": 4, "'<f8'": 8]

  /// Reads the header: float16, float32 or float64, little-endian, in rows `[n, d]`.
  init(_ bytes: [UInt8]) throws(Mistake) {
    func mistake(_ message: String) -> Mistake { Mistake(message: message) }
    guard bytes.starts(with: Self.magic) else {
      guard let foreign = ForeignFormat(head: bytes) else { throw mistake("it is no .npy file; numpy.save writes one") }
      throw mistake("\(foreign.name), no .npy file: \(foreign.advice(for: .vectors))")
    }
    guard bytes.count >= 12 else { throw mistake("it ends inside its header") }
    let isLong = bytes[6] >= 2
    let counted = isLong ? 4 : 2
    let length = bytes[8..<8 + counted].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard (1...3).contains(bytes[6]), length <= Self.headerBytesMax, 8 + counted + length <= bytes.count else {
      throw mistake("its header has a version or a length that cannot be")
    }
    dataStart = 8 + counted + length
    let header = String(decoding: bytes[8 + counted..<dataStart], as: UTF8.self)
    let fields = try Self.fields(header)
    func value(_ key: String) -> String? { fields.first { $0.key == key }?.value }
    guard let type = value("descr"), let order = value("fortran_order"), let shape = value("shape"), fields.count == 3
    else { throw mistake("its header has not descr, fortran_order and shape alone") }
    guard let width = Self.widths[type] else {
      throw mistake("its numbers are \(type), not '<f2', '<f4' or '<f8': \(Self.advice(on: type))")
    }
    guard order == "False" else { throw mistake("it is stored by column; write numpy.ascontiguousarray of it") }
    guard let sizes = shape.wholeMatch(of: /\(\s*([0-9]+)\s*,\s*([0-9]+)\s*,?\s*\)/), let rows = Int(sizes.1),
      let columns = Int(sizes.2)
    else { throw mistake("its shape is \(shape), not (rows, columns)") }
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, count <= (bytes.count - dataStart) / width, count * width == bytes.count - dataStart else {
      throw mistake("its shape and its length disagree")
    }
    (self.rows, self.columns, self.width, self.bytes) = (rows, columns, width, bytes)
  }

  /// A row as float32, `[columns]`.
  func row(_ row: Int) -> [Float] {
    precondition((0..<rows).contains(row), "row \(row) of \(rows)")
    let start = dataStart + row * columns * width
    return (0..<columns).map { column in
      let at = start + column * width
      let bits = bytes[at..<at + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return switch width {
      case 2: Float(binary16: UInt16(truncatingIfNeeded: bits))
      case 4: Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      default: Float(Double(bitPattern: bits))
      }
    }
  }

  /// How to save numbers of another type.
  private static func advice(on type: String) -> String {
    let conversion = "save ARRAY.astype('<f4')"
    if type.hasPrefix("[") { return "it has named fields; save one of them, as '<f4'" }
    return switch type.dropFirst().first {
    case ">" where type.dropFirst(2).first == "f": "they are big-endian; \(conversion)"
    default:
      switch type.dropFirst(2).first {
      case "i", "u", "b": "they are whole numbers or truths; if they are vectors, \(conversion)"
      case "V": "bytes without a type, as bfloat16 of ml_dtypes is saved; \(conversion)"
      case "O": "Python objects, whose rows may differ in length; save numpy.stack(ARRAY).astype('<f4')"
      case "U", "S": "texts; \(conversion)"
      default: conversion
      }
    }
  }

  /// Keys and the texts of their values in a header, a literal of a Python dictionary, each key once.
  private static func fields(_ header: String) throws(Mistake) -> [(key: String, value: String)] {
    let damaged = Mistake(message: "its header is no dictionary as numpy.save writes it")
    var rest = header[...]
    func take(_ word: Character) -> Bool {
      rest = rest.drop(while: \.isWhitespace)
      guard rest.first == word else { return false }
      rest.removeFirst()
      return true
    }
    guard take("{") else { throw damaged }
    var fields: [(key: String, value: String)] = []
    var isAtEnd = take("}")
    while !isAtEnd {
      guard let pair = rest.prefixMatch(of: /\s*'(\w+)'\s*:\s*('[^']*'|\([^()]*\)|\[[^:]*\]|\w+)/) else {
        throw damaged
      }
      rest = rest[pair.range.upperBound...]
      guard !fields.contains(where: { $0.key == pair.1 }) else {
        throw Mistake(message: "its header has \(pair.1) twice")
      }
      fields.append((String(pair.1), String(pair.2)))
      let isFollowed = take(",")
      isAtEnd = take("}")
      guard isFollowed || isAtEnd else { throw damaged }
    }
    guard rest.allSatisfy(\.isWhitespace) else { throw damaged }
    return fields
  }
}
