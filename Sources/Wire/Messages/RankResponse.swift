/// The answer to RANK: results, the same at any number of shards, then a report of how they came about.
package struct RankResponse: Message, Equatable {
  package static let bodyVersion = Opcode.rank.bodyVersions.upperBound

  package var results: RankResults
  package var report: RankReport

  package init(results: RankResults, report: RankReport) {
    self.results = results
    self.report = report
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    let resultBytes: UInt32 = try reader.integer()
    let at = reader.offset
    let reportBytes: UInt32 = try reader.integer()
    let start = reader.offset
    results = try RankResults(from: &reader)
    guard reader.offset - start == Int(resultBytes) else {
      throw WireError(.malformedBody, fieldOffset: 0, message: "the results have as many bytes as this says")
    }
    let middle = reader.offset
    report = try RankReport(from: &reader)
    guard reader.offset - middle == Int(reportBytes) else {
      throw WireError(.malformedBody, fieldOffset: at, message: "the report has as many bytes as this says")
    }
  }

  package func write(to writer: inout BodyWriter) {
    let reportBytes = report.body(version: writer.version).byteCount
    writer.write(UInt32(results.body.byteCount))
    writer.write(UInt32(reportBytes))
    results.write(to: &writer)
    writer.section(.plain)
    report.write(to: &writer)
  }
}
