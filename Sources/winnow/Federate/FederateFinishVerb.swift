import Arguments
import DataSets
import JSON
import Learning
import Privacy
import Ranking
import Storage
import Vocabulary

/// `winnow federate finish`: the model of both totals, which each silo makes for itself.
enum FederateFinishVerb {
  static let out = Flag.required("out", .outputDirectory, "Where to write public and holder.")

  static let verb = Verb(
    command: Command(
      name: "finish", summary: "Make the model of both totals of a federation",
      details: """
        Every silo makes the same model in OUT/public; OUT/holder is the silo's own data over the shared list of items.
        """,
      flags: [
        FederateJoinVerb.items, FederateFlags.exchange, FederateFlags.run, PrivateFlags.tower, out,
        OutputDirectory.force, TrainFlags.name,
      ],
      positionals: [FederateFlags.offer, FederateJoinVerb.data]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (offer, hash) = try FederateFlags.read(session)
    let place = try PrivatePlace(session[Self.out], force: session[OutputDirectory.force])
    let items = session[FederateJoinVerb.items]
    let data = session[FederateJoinVerb.data]
    let silo = try FederateData(items, data, offer)
    func total(_ round: UInt32) throws(Failure) -> FederationFile {
      let path = FederateFlags.path(session, "total", round, .total)
      guard let file = try FederateFlags.file(path, [:]) else {
        throw Failure(.failed, "there is no \(path.visible)", advice: "'winnow federate sum' writes it")
      }
      return file
    }
    let (counts, pairs) = (try total(1), try total(2))
    let release = try Failure.wrap { () throws(PrivacyError) in
      try Silo.release(counts, pairs, offer, hash: hash)
    }
    let ledger = try Failure.wrap { () throws(PrivacyError) in
      try PrivacyLedger.read(data, on: RealDisk())
    }
    let mechanisms = offer.mechanisms
    let both = [mechanisms.counts, mechanisms.pairs]
    let settings = offer.settings
    let statement = PrivacyStatement(
      epsilon: offer.epsilon, delta: offer.delta, mu: AnalyticGaussian.mu(both) ?? 0, mechanisms: both.map(\.stated),
      keptItems: release.kept.count, clip: .init(events: settings.eventsMax, window: settings.window),
      noise: NoiseKey.Source.random.rawValue, federated: .init(silos: offer.members.count, colluders: offer.colluders),
      release: ledger.releases.count, totalEpsilon: ledger.totalEpsilon(delta: offer.delta))
    let name = session[TrainFlags.name]
    let tower = session[PrivateFlags.tower]
    let flags = ["name": name]
    let model = try Failure.wrap { () throws(ModelError) in
      try PrivateModel(
        name: name, silo.items, release, settings, tower, vectors: SoftmaxVectors.Options(), statement, flags: flags)
    }
    let holder = silo.data.over(silo.items.dictionary, silo.items.catalogue, places: silo.places)
    try place.write(
      model: model.files, holder: holder.files(nil), record: PrivateRecord(settings: flags, privacy: statement).json)
    session.print(
      .object([("out", .text(place.out)), ("kept_items", .int(release.kept.count))]),
      human: "\(place.out.visible)/public: \(statement.words) of \(offer.members.count) silos, "
        + "\(Text.grouped(release.kept.count)) kept items\n")
    return .ok
  }
}
