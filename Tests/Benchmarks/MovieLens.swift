import DataSets
import Foundation
import Support

/// MovieLens 1M in the form of the Neural Collaborative Filtering paper, where somebody has put it.
struct MovieLens {
  /// Next to the checkout; the data may not be passed on.
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/ml-1m-ncf").standardizedFileURL

  let log: Interactions
  let test: [TestCase]
  /// Of each item, its genres.
  let genres: [[String]]

  init?() throws {
    guard FileManager.default.fileExists(atPath: Self.directory.path) else { return nil }
    var log = Interactions(userCount: 6040, itemCount: 3706)
    for line in try Self.lines("ml-1m.train.pairs.tsv.gz") {
      let fields = line.split(separator: "\t").compactMap { Int($0) }
      log.append(user: fields[0], item: fields[1])
    }
    self.log = log
    test = try Self.lines("ml-1m.test.negative.gz").map { line in
      let fields = line.split(separator: "\t")
      let pair = fields[0].dropFirst().dropLast().split(separator: ",").compactMap { UInt32($0) }
      return TestCase(
        user: Int(pair[0]), relevant: [pair[1]],
        others: fields.dropFirst().compactMap { UInt32($0) }.filter { $0 != pair[1] })
    }
    var genres = [[String]](repeating: [], count: 3706)
    for line in try String(contentsOf: Self.directory.appendingPathComponent("items.tsv"), encoding: .utf8)
      .split(separator: "\n").dropFirst()
    {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      if let item = Int(fields[0]), fields.count > 3 { genres[item] = fields[3].split(separator: "|").map(String.init) }
    }
    self.genres = genres
  }

  /// One positive of each user held out of training at random, with 99 negatives, to choose settings on.
  func validation(seed: UInt64) -> (rest: Interactions, cases: [TestCase]) {
    var order = Interactions(userCount: log.userCount, itemCount: log.itemCount)
    var random = SeededRandom(seed: seed)
    for i in 0..<log.count {
      order.append(user: Int(log.users[i]), item: Int(log.items[i]), time: Int64(random.next() >> 1))
    }
    let (rest, heldOut) = order.leavingLastOut()
    let known = Histories(log)
    let cases = heldOut.enumerated().filter { !$0.element.isEmpty }.map { user, items in
      var others: [UInt32] = []
      while others.count < 99 {
        let item = Int(random.next() % UInt64(log.itemCount))
        if !known.contains(user, item), !others.contains(UInt32(item)) { others.append(UInt32(item)) }
      }
      return TestCase(user: user, relevant: items.map(UInt32.init), others: others)
    }
    return (rest, cases)
  }

  private static func lines(_ name: String) throws -> [Substring] {
    try lines(of: directory.appendingPathComponent(name))
  }

  /// The lines of a file of gzip.
  static func lines(of file: URL) throws -> [Substring] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n")
  }
}
