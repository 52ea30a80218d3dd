import Arguments
import Bytes
import DataSets
import JSON
import Privacy
import SocketTransport
import Storage
import Vocabulary

/// `winnow federate join`: one silo's part of a round, as far as the others' files allow it.
enum FederateJoinVerb {
  static let data = Positional("DATA", .file, "The silo's data set.")
  static let name = Flag.required("name", .string, "The silo's name in the offer.")
  static let items = Flag.required("items", .file, "The public list of items of the offer.")
  static let budget = Flag(
    "budget", .double(1e-6...1e6), "Epsilon of all releases of DATA at most; without it the budget of its ledger.")
  static let void = Flag.list(
    "void", .string,
    "Sign that the run ends without a total, and name the silos that go on in the next: a silo has not sent its file.",
    placeholder: "NAME")

  static let verb = Verb(
    command: Command(
      name: "join", summary: "Do one silo's part of a federation, as far as the others' files allow it",
      details: """
        Run it again whenever new files have come to the exchange's directory: it writes the silo's key of a round, once \
        all keys are there the silo's sums under noise and masks, and goes on to round 2 when the total of round 1 is \
        there. What the silo spends stands in DATA/privacy.ledger before its first key is written. Secrets stay in \
        DATA.federation, which is closed to others.
        """,
      flags: [
        name, FederateKeyVerb.key, FederatePins.peers, items, FederateFlags.exchange, FederateFlags.run, budget, void,
        TrainVerb.threads,
      ], positionals: [FederateFlags.offer, data]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (offer, hash) = try FederateFlags.read(session)
    guard let number = offer.silo(session[Self.name]).map({ UInt32($0) }) else {
      throw session.usage(Self.name, "is no silo of the offer; there are: \(offer.members.joined(separator: ", "))")
    }
    let key = SigningKey(secret: try SystemKey.secret(session[FederateKeyVerb.key]))
    var pins = try FederatePins.read(session, offer)
    guard pins[number] == nil || pins[number] == key.publicKey else {
      throw session.usage(FederatePins.peers, "pins another key for \(session[Self.name]) than the one of its key file")
    }
    pins[number] = key.publicKey
    if !session[Self.void].isEmpty { return try end(session, offer, hash, number, key) }
    let members = try FederateRun.members(session, offer, hash, pins)
    try FederatePins.demand(members, pins, offer, session)
    guard try Files.readIfThere(FederateFlags.path(session, session[Self.name], 1, .void), limit: 1 << 10) == nil else {
      throw Failure(
        PrivacyError(.federation, "\(session[Self.name]) has voided this run", advice: "go on with the next --run"))
    }
    let silo = try silo(session, offer, hash, number, members)
    return try go(session, silo, key, pins)
  }

  /// Does what can be done, and says what is waited for.
  private static func go(
    _ session: Session, _ silo: Silo, _ key: SigningKey, _ pins: [UInt32: [UInt8]]
  ) throws(Failure) -> ExitCode {
    let names = silo.offer.members
    for round: UInt32 in 1...2 {
      try send(session, silo.keyFile(round), key)
      var files: [FederationFile] = []
      for peer in silo.members where peer != silo.number {
        let path = FederateFlags.path(session, names[Int(peer)], round, .key)
        guard let file = try FederateFlags.file(path, pins) else { continue }
        guard file.silo == peer else {
          throw Failure(PrivacyError(.federation, "\(path.visible) is of another silo"))
        }
        files.append(file)
      }
      let peers = try Failure.wrap { () throws(PrivacyError) in try silo.peers(files, round) }
      let missing = silo.members.filter { $0 != silo.number && peers[$0] == nil }
      guard missing.isEmpty else {
        return say(
          session, "round \(round): waiting for the keys of \(missing.map { names[Int($0)] }.joined(separator: ", "))")
      }
      if round == 1 {
        try send(session, try Failure.wrap { () throws(PrivacyError) in try silo.counts(peers) }, key)
      } else {
        guard let total = try FederateFlags.file(FederateFlags.path(session, "total", 1, .total), pins) else { break }
        let threads = session[TrainVerb.threads] ?? ComputePool.coreCount
        try send(
          session, try Failure.wrap { () throws(PrivacyError) in try silo.pairs(peers, total, threads: threads) }, key)
      }
      let path = FederateFlags.path(session, "total", round, .total)
      guard FileIdentity(path).kind == .file else {
        return say(session, "round \(round): sent; waiting for \(path.visible)")
      }
    }
    return say(session, "both rounds are done: 'winnow federate finish' makes the model")
  }

  /// The silo, whose first step enters what it spends.
  private static func silo(
    _ session: Session, _ offer: FederationOffer, _ hash: [UInt8], _ number: UInt32, _ members: [UInt32]
  ) throws(Failure) -> Silo {
    let directory = session[Self.data]
    let log = try FederateData(session[Self.items], directory, offer)
    try ClosedDirectory.make("\(directory).federation")
    let path =
      "\(directory).federation/\(ContentHash.hexadecimal(hash.prefix(8))).run-\(session[FederateFlags.run])"
    let random = SystemKey.bytes(Silo.randomByteCount)
    return try Failure.wrap { () throws(PrivacyError) in
      let terms = try PrivacyTerms(epsilon: offer.epsilon, delta: offer.delta, budget: session[Self.budget])
      return try Silo(
        offer, hash: hash, number: number, members: members, run: UInt32(session[FederateFlags.run]), log.log,
        secretsAt: path, random: random, on: RealDisk()
      ) { () throws(PrivacyError) in
        let (counts, pairs) = offer.mechanisms
        _ = try PrivacyLedger.enter(
          PrivacyLedger.Release(
            purpose: "federate", mechanisms: [counts, pairs], terms: terms,
            key: NoiseKey(random: Array(random.prefix(NoiseKey.byteCount))),
            subject: log.log.subject(log.items, offer.settings)), directory, on: RealDisk())
      }
    }
  }

  /// Signs that a run is void, if no total of it was seen.
  private static func end(
    _ session: Session, _ offer: FederationOffer, _ hash: [UInt8], _ number: UInt32, _ key: SigningKey
  ) throws(Failure) -> ExitCode {
    let total = FederateFlags.path(session, "total", 1, .total)
    guard FileIdentity(total).kind == .missing else {
      throw Failure(
        PrivacyError(
          .federation, "\(total.visible) is there: a second total without a silo would show its sums",
          advice: "a run whose total was opened cannot be void; begin with another offer"))
    }
    var bits: UInt64 = 0
    for name in session[Self.void] {
      guard let silo = offer.silo(name) else { throw session.usage(Self.void, "names \(name), which is no silo") }
      bits |= 1 << UInt64(silo)
    }
    guard bits >> UInt64(number) & 1 == 1, bits.nonzeroBitCount >= FederationOffer.silosMin else {
      throw session.usage(Self.void, "names fewer than three silos, or not \(session[Self.name]) itself")
    }
    let place = FederationFile.Place(offer: hash, round: 1, run: UInt32(session[FederateFlags.run]))
    try send(session, FederationFile(.void, place, silo: number, [bits]), key)
    return say(session, "run \(place.run) is void for \(session[Self.name])")
  }

  private static func send(_ session: Session, _ file: FederationFile, _ key: SigningKey) throws(Failure) {
    let path = FederateFlags.path(session, session[Self.name], file.place.round, file.kind)
    try Files.write(path, file.bytes(key))
  }

  private static func say(_ session: Session, _ text: String) -> ExitCode {
    session.print(.object([("state", .text(text))]), human: text + "\n")
    return .ok
  }
}
