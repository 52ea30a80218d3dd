import Arguments
import JSON
import Privacy
import Storage
import Vocabulary

/// `winnow federate sum`: adds up what the silos have sent.
enum FederateSumVerb {
  static let round = Flag.required("round", .int(1...2), "1: counts of items, 2: sums of pairs.")

  static let verb = Verb(
    command: Command(
      name: "sum", summary: "Add up the sums of all silos of a round",
      details: """
        Reads NAME.round-N.run-N.wfed of every silo of the run in the exchange's directory and writes \
        total.round-N.run-N.wfed there. Unequal offers, missing, doubled or forged silos are refused.
        """,
      flags: [FederateFlags.exchange, round, FederateFlags.run, FederatePins.peers],
      positionals: [FederateFlags.offer]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (offer, hash) = try FederateFlags.read(session)
    let pins = try FederatePins.read(session, offer)
    let round = UInt32(session[Self.round])
    let place = FederationFile.Place(offer: hash, round: round, run: UInt32(session[FederateFlags.run]))
    let members = try FederateRun.members(session, offer, hash, pins)
    try FederatePins.demand(members, pins, offer, session)
    var files: [FederationFile] = []
    for silo in members {
      let path = FederateFlags.path(session, offer.members[Int(silo)], round, .masked)
      if let file = try FederateFlags.file(path, pins) { files.append(file) }
    }
    let total = try Failure.wrap { () throws(PrivacyError) in
      try SecureSum.total(files, silos: members, place)
    }
    let path = FederateFlags.path(session, "total", round, .total)
    try Files.write(path, total.bytes(nil))
    session.print(
      .object([("out", .text(path)), ("silos", .int(files.count)), ("sums", .int(total.values.count))]),
      human: "\(path.visible): \(Text.grouped(total.values.count)) sums of \(files.count) silos\n")
    return .ok
  }
}
