import Bytes
package import Storage

/// Reads an answer log, the oldest answer first, a block at a time.
package struct AnswerReader {
  /// The paths of its files, ascending by number.
  package let paths: [String]
  /// What could not be read, in words, each with its file and place.
  package private(set) var faults: [String] = []
  private let disk: any Disk

  /// Finds the files of a directory.
  package init(_ directory: String, on disk: any Disk) throws(DiskError) {
    self.disk = disk
    paths = try disk.list(directory).compactMap(AnswerFile.number).sorted().map {
      "\(directory)/\(AnswerFile.name($0))"
    }
  }

  /// Gives all answers to `each`, file by file, until it says that this is enough. What a crash has torn off the end of a
  /// file, or what is damaged, ends that file and is a fault.
  package mutating func read<Failure: Error>(
    _ each: (LoggedAnswer) throws(Failure) -> Bool
  ) throws(Failure) {
    for path in paths { guard try read(path, each) else { return } }
  }

  /// - Returns: whether `each` wants more.
  private mutating func read<Failure: Error>(
    _ path: String, _ each: (LoggedAnswer) throws(Failure) -> Bool
  ) throws(Failure) -> Bool {
    var blocks: AnswerBlocks
    do throws(DiskError) { blocks = try AnswerBlocks(path, on: disk) } catch {
      // The log goes on while it is read: the oldest file may be gone.
      if !error.isMissing { faults.append(error.text) }
      return true
    }
    while let records = blocks.next() {
      for record in records {
        let answer: LoggedAnswer
        do throws(ByteError) { answer = try LoggedAnswer(record) } catch {
          faults.append("\(path): a record before byte \(blocks.offset) is none, at its byte \(error.offset)")
          continue
        }
        guard try each(answer) else { return false }
      }
    }
    if let fault = blocks.fault { faults.append("\(path): \(fault)") }
    return true
  }
}
