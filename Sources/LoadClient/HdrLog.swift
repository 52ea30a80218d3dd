import Telemetry

/// The log of interval histograms that HdrHistogram's tools read, format 1.3; values in microseconds.
package enum HdrLog {
  /// The beginning of a log; its second line tells Winnow's logs from those of other programs.
  package static let beginning = "#[Histogram log format version 1.3]\n#[LoggedBy: winnow bench]"

  /// The log of a run: of queries, from the moment at which they were due.
  ///
  /// - Parameter startSeconds: When counting began, in seconds since 1970.
  package static func text(_ report: LoadReport, startSeconds: Double) -> String {
    var text = """
      \(beginning)
      #[StartTime: \(startSeconds) (seconds since epoch)]
      #[BaseTime: \(startSeconds) (seconds since epoch)]
      "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

      """
    let seconds = Double(report.plan.intervalMicroseconds) / 1e6
    for (index, interval) in report.intervals.enumerated() {
      let longest = Double(interval.latency.microsecondsMax ?? 0) / 1000
      text += "\(Double(index) * seconds),\(seconds),\(longest),\(base64(compressed(interval.latency)))\n"
    }
    return text
  }

  /// A histogram as HdrHistogram's encoding V2, in a zlib stream whose blocks are stored as they are.
  static func compressed(_ histogram: LatencyHistogram) -> [UInt8] {
    let stream = zlibStream(encoded(histogram))
    return bigEndian(0x1C84_9314 as UInt32) + bigEndian(UInt32(stream.count)) + stream
  }

  private static func encoded(_ histogram: LatencyHistogram) -> [UInt8] {
    var counts: [UInt8] = []
    var zeros: Int64 = 0
    for count in histogram.hdrCounts {
      if count == 0 {
        zeros += 1
        continue
      }
      // A run of empty buckets is one negative number.
      if zeros > 0 { append(-zeros, to: &counts) }
      zeros = 0
      append(Int64(clamping: count), to: &counts)
    }
    return bigEndian(0x1C84_9313 as UInt32) + bigEndian(UInt32(counts.count))
      + bigEndian(0 as UInt32) + bigEndian(3 as UInt32) + bigEndian(1 as UInt64)
      + bigEndian(LatencyHistogram.microsecondsMax) + bigEndian((1.0).bitPattern) + counts
  }

  /// ZigZag, then seven bits to a byte; the ninth byte holds eight.
  private static func append(_ value: Int64, to bytes: inout [UInt8]) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    for _ in 0..<8 {
      guard rest > 0x7F else { break }
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  private static func zlibStream(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let end = min(start + 65_535, bytes.count)
      let length = UInt16(end - start)
      stream.append(end == bytes.count ? 1 : 0)
      stream += [UInt8(length & 0xFF), UInt8(length >> 8), UInt8(~length & 0xFF), UInt8(~length >> 8)]
      stream += bytes[start..<end]
      start = end
    } while start < bytes.count
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return stream + bigEndian(b << 16 | a)
  }

  private static func bigEndian<Number: FixedWidthInteger & UnsignedInteger>(_ value: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> Number($0)) }
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for place in 0..<4 {
        text.append(place <= part.count ? digits[(word >> (18 - 6 * place)) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
