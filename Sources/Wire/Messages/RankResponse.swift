/// The answer to RANK: results, the same at any number of shards, then a report of how they came about.
package struct RankResponse: Message, FieldGroup, Equatable {
  package static let bodyVersion = Opcode.rank.newestBodyVersion

  package var results = RankResults()
  package var report = RankReport()

  package init() {}

  package init(results: RankResults, report: RankReport) {
    self.results = results
    self.report = report
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (resultBytes, reportBytes) = (0, 0)
    try c.byteCount(of: results, &resultBytes)
    let reportCountAt = c.offset
    try c.byteCount(of: report, &reportBytes)
    let start = c.offset
    try results.fields(&c)
    let middle = c.offset
    try c.check(middle - start == resultBytes, at: 0, "the results have as many bytes as this says")
    try c.section(.plain)
    try report.fields(&c)
    let end = c.offset
    try c.check(end - middle == reportBytes, at: reportCountAt, "the report has as many bytes as this says")
  }
}

extension FieldCoder {
  /// The u32 count of the bytes of a message that follows.
  fileprivate mutating func byteCount(of message: some Message, _ count: inout Int) throws(Failure) {
    let version = version
    try field(
      "", &count, read: { (reader) throws(WireError) in Int(try reader.integer(UInt32.self)) },
      write: { $1.write(UInt32(message.body(version: version).byteCount)) }, show: { _, _ in })
  }
}
