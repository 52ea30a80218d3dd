import Bytes

/// Records that make a block of the answer log, each behind the count of its bytes.
struct AnswerRecords {
  private(set) var payload: ByteWriter
  private(set) var count = 0

  init() { payload = ByteWriter(reservingCapacity: 1 << 16) }

  /// Adds an answer.
  ///
  /// - Returns: `false`: its inputs were too long, and it has none.
  mutating func add(_ answer: LoggedAnswer) -> Bool {
    let start = payload.count
    append { answer.write(to: &$0) }
    guard payload.count - start > 4 + AnswerFile.recordMax else { return true }
    payload.cut(to: start)
    count -= 1
    append { answer.write(to: &$0, withInputs: false) }
    return false
  }

  /// Adds a record that is encoded already.
  mutating func add(_ record: ArraySlice<UInt8>) { append { $0.write(bytes: record) } }

  private mutating func append(_ write: (inout ByteWriter) -> Void) {
    let start = payload.count
    payload.write(UInt32(0))
    write(&payload)
    payload.overwrite(UInt32(payload.count - start - 4), at: start)
    count += 1
  }
}
